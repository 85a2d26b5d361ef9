# SPDX-License-Identifier: Apache-2.0
# What judges: unit tests on this machine, under sanitizers and on the emulated core; programs from outside; exactness,
# budgets, fuzzers, and the rules of the house.
FUZZ_RUNS ?= 50000
CORE_TESTS := $(basename $(wildcard tests/dsp/test_*.c tests/models/test_*.c tests/firmware/test_*.c \
    tests/firmware/ble/test_*.c tests/firmware/boot/test_*.c tests/firmware/selftest/test_*.c tests/firmware/update/test_*.c tests/boards/test_*.c tests/boards/pdm/test_*.c))
PART_TESTS := $(basename $(wildcard tests/boards/cortexm/test_*.c))
BOARD_TESTS := $(filter-out $(PART_TESTS) $(CORE_TESTS),$(basename $(wildcard tests/boards/*/test_*.c)))
TRAIN_TESTS := $(basename $(wildcard tests/models/train/test_*.c))
HOST_TESTS := $(CORE_TESTS) $(TRAIN_TESTS) $(BOARD_TESTS) $(PART_TESTS) $(filter-out $(if $(WITHOUT_POSTGRES),%/test_postgres \
    %/test_ledger),$(basename $(wildcard tests/host-tools/*/test_*.c)))
FUZZERS := $(basename $(wildcard tests/fuzz/fuzz_*.c))
QEMU := qemu-system-arm -display none -monitor none -serial null
M4_QEMU := timeout 300 $(QEMU) -M $(mps2_MACHINE_m4)
SEMIHOSTING := -semihosting-config enable=on,target=native
M4 := $(BUILD)/m4
M4_START := $(addprefix $(M4)/,$(mps2_START:.c=.o))
M4_LINK = $(CROSS)gcc $(m4_FLAGS) $(call LDFLAGS_OF,mps2)

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
asan_CC := $(CC)
asan_AR := ar
asan_FLAGS := -O1 $(SANITIZE)
asan_LDFLAGS := $(SANITIZE)
$(eval $(call variant,asan))
debug_CC := $(CC)
debug_AR := ar
debug_FLAGS := -O0
$(eval $(call variant,debug))
fuzz_CC := $(CLANG)
fuzz_AR := ar
fuzz_FLAGS := -O1 $(SANITIZE) -fsanitize=fuzzer-no-link
$(eval $(call variant,fuzz))
# The arithmetic without sanitizers, which the fuzzer of the pairing would spend its time in; test-asan has them.
$(addprefix $(BUILD)/fuzz/,firmware/ble/p256.o $(BEARSSL:%=bearssl_%.o)): fuzz_CORE_FLAGS := -O2 -fno-sanitize=all
# $(1) compiler and level
define exact_host
exact/$(1)_CC := $(if $(filter gcc%,$(1)),$(CC),$(CLANG))
exact/$(1)_AR := ar
exact/$(1)_FLAGS := -O$(lastword $(subst -O, ,$(1)))
exact/$(1)_CORE_FLAGS := -mgeneral-regs-only
$(call variant,exact/$(1))
endef
EXACT_HOST := gcc-O0 gcc-O2 gcc-O3 clang-O0 clang-O2 clang-O3
$(foreach v,$(EXACT_HOST),$(eval $(call exact_host,$(v))))

$(M4)/cmocka.o: $(CMOCKA_DIR)/src/cmocka.c
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -w $(m4_FLAGS) -ffunction-sections -DHAVE_SIGNAL_H -I$(CMOCKA_DIR)/include -c $< -o $@
$(addprefix $(M4)/,$(CORE_TESTS:=.o)): INCLUDES += -isystem $(CMOCKA_DIR)/include
$(addprefix $(M4)/,$(CORE_TESTS:=.o)): | $(CMOCKA_DIR)/src/cmocka.c
$(addprefix $(M4)/,$(CORE_TESTS)): %: %.o $(M4)/cmocka.o $(M4_START) $(M4)/libcore.a
	$(Q)$(M4_LINK) --oslib=semihost $^ -lm -Wl,--defsym=ut_stack_bytes=0x8000 -o $@
# Code of a board, or of a chip wired as tests/boards/CHIP/pins.c says, against a model of its peripherals: $(1) variant,
# $(2) board or chip. tests/boards/registers.c stands in for crash.c.
NOT_ON_HOST := %/startup.c boards/cortexm/crash.c boards/cortexm/jump.c boards/cortexm/start.c
define board_test
$(addprefix $(BUILD)/$(1)/,$(basename $(filter-out %/test_boot.c,$(wildcard tests/boards/$(2)/test_*.c)))): %: %.o \
    $(addprefix $(BUILD)/$(1)/,$(patsubst %.c,%.o,$(filter-out $(NOT_ON_HOST),$($(2)_SOURCES)) \
    $(wildcard tests/boards/$(2)/pins.c)) \
    tests/boards/registers.o libcore.a)
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka -lm
endef
# The same for its bootloader.
define boot_test
$(BUILD)/$(1)/tests/boards/$(2)/test_boot: %: %.o $(addprefix $(BUILD)/$(1)/,$(patsubst %.c,%.o,\
    $(filter-out $(NOT_ON_HOST),$($(2)_BOOT)) $(wildcard tests/boards/$(2)/pins.c)) tests/boards/registers.o libcore.a)
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka
endef
# A part of boards, of which each file stands alone: $(1) variant, $(2) test
define part_test
$(BUILD)/$(1)/$(2): $(addprefix $(BUILD)/$(1)/,$(2).o tests/boards/registers.o \
    $(patsubst %.c,%.o,$(wildcard $(subst test_,,$(2:tests/%=%)).c)))
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka
endef
# $(1) variant
define unit_tests
$(addprefix $(BUILD)/$(1)/,$(TRAIN_TESTS)): $(BUILD)/$(1)/tests/models/train/test_%: \
    $(addprefix $(BUILD)/$(1)/,tests/models/train/test_%.o models/train/%.o libcore.a)
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka -lm
$(addprefix $(BUILD)/$(1)/,$(CORE_TESTS)): %: %.o $(BUILD)/$(1)/libcore.a
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka -lm
$(BUILD)/$(1)/tests/host-tools/%: $(addprefix $(BUILD)/$(1)/,tests/host-tools/%.o libtools.a libcore.a)
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka $$(TOOLS_LIBS)
$(foreach b,$(sort $(notdir $(patsubst %/,%,$(dir $(BOARD_TESTS))))),$(call board_test,$(1),$(b))
)
$(foreach t,$(wildcard tests/boards/*/test_boot.c),$(call boot_test,$(1),$(notdir $(patsubst %/,%,$(dir $(t)))))
)
$(foreach t,$(PART_TESTS),$(call part_test,$(1),$(t))
)
endef
$(foreach v,host asan debug,$(eval $(call unit_tests,$(v))))
# The chip's own radio, with what RADIO=sdc fetches.
RADIO_TESTS := $(basename $(wildcard tests/boards/nrf52840/sdc/test_*.c))
RADIO_RUN := $(foreach v,host asan,$(addprefix $(BUILD)/$(v)/,$(RADIO_TESTS))) $(wildcard tests/boards/nrf52840/sdc/test_*.py)
define radio_test
$(BUILD)/$(1)/tests/boards/nrf52840/sdc/test_radio: $(addprefix $(BUILD)/$(1)/boards/,cortexm/idle.o cortexm/page.o nrf52840/flash.o \
    nrf52840/sdc/radio.o)
$(addprefix $(BUILD)/$(1)/,$(RADIO_TESTS)): %: %.o $(addprefix $(BUILD)/$(1)/,tests/boards/nrf52840/sdc/sdc_double.o \
    tests/boards/registers.o boards/nrf52840/sdc/hci_calls.o)
	$$(Q)$(CC) $($(1)_LDFLAGS) -o $$@ $$^ -lcmocka
endef
ifeq ($(RADIO),sdc)
$(foreach v,host asan,$(eval $(call radio_test,$(v))))
endif
$(EMULATED:%=$(BUILD)/host/tests/boards/%/print_audio): %/print_audio: %/print_audio.o %/audio.o \
    $(BUILD)/host/tests/boards/registers.o
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $^
$(BUILD)/mps2/faults.elf: $(addprefix $(M4)/,$(mps2_SOURCES:.c=.o) tests/boards/cortexm/faults.o firmware/main.o libcore.a)
	$(Q)$(M4_LINK) $^ -lm -Wl,--defsym=main=ut_main -Wl,--wrap=board_init -Wl,--wrap=ut_call_push -o $@
$(BUILD)/speech.raw: tests/speech.py | $(BUILD)/setup/demo
	$(Q)$(PYTHON) -W ignore tests/speech.py $@

# The vectors of the model built in; each model has its own program besides.
$(foreach v,host asan debug m4,$(BUILD)/$(v)/tests/models/test_infer.o): $(BUILD)/model.id
$(foreach v,host asan debug m4,$(BUILD)/$(v)/tests/models/test_infer.o): \
    INCLUDES += -DUT_VECTORS='"models/$(MODEL)/vectors.h"'
MODELS := $(patsubst models/%/model.c,%,$(wildcard models/*/model.c))
# A model with its tables, before the library so that they are the ones linked: $(1) variant, $(2) model
with_model = $(addprefix $(BUILD)/$(1)/,$(patsubst %.c,%.o,$(wildcard models/$(2)/*.c))) $(call table_objects,$(1),$(call tables_of,$(2)))
$(foreach m,$(MODELS),$(eval $(BUILD)/models/host/$(m): $(call with_model,host,$(m))))
$(foreach m,$(MODELS),$(eval $(BUILD)/models/target/$(m).elf: $(call with_model,m4,$(m))))
$(foreach m,$(MODELS),$(eval $(BUILD)/models/$(m)/undertone: $(call with_model,host,$(m))))
$(MODELS:%=$(BUILD)/models/host/%): $(BUILD)/models/host/%: tests/models/test_infer.c models/%/vectors.h $(BUILD)/host/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(INCLUDES) -DUT_VECTORS='"models/$*/vectors.h"' -O2 -o $@ \
	    $(filter %.c %.o,$^) $(BUILD)/host/libcore.a -lcmocka -lm
$(MODELS:%=$(BUILD)/models/target/%.elf): $(BUILD)/models/target/%.elf: tests/models/test_infer.c \
    models/%/vectors.h $(M4)/cmocka.o $(M4_START) $(M4)/libcore.a
	@mkdir -p $(@D)
	$(Q)$(M4_LINK) $(filter-out -MMD -MP,$(CFLAGS)) $(INCLUDES) -isystem $(CMOCKA_DIR)/include \
	    -DUT_VECTORS='"models/$*/vectors.h"' --oslib=semihost $(filter %.c %.o,$^) \
	    $(M4)/libcore.a -lm -Wl,--defsym=ut_stack_bytes=0x8000 -o $@
# The program with each of them, for what compares models.
$(MODELS:%=$(BUILD)/models/%/undertone): $(BUILD)/models/%/undertone: $(BUILD)/host/host-tools/main.o $(BUILD)/host/libtools.a \
    $(BUILD)/host/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(TOOLS_LIBS)

RUN = tests/run.sh $(BUILD)/results/$@
built: host all-boards $(foreach v,host asan,$(addprefix $(BUILD)/$(v)/,$(HOST_TESTS)))
built: $(addprefix $(M4)/,$(CORE_TESTS)) $(addprefix $(BUILD)/fuzz/,$(FUZZERS))
house: $(M4)/libcore.a | $(BUILD)/setup/check ## the rules of the house, and that each of them can fail
	$(Q)$(RUN) -c $(PYTHON) -B tests/house.py $< $(CROSS)nm $(CROSS)gcc
format: | $(BUILD)/setup/check ## lay out every source in C by .clang-format
	$(Q)$(PYTHON) -B tests/house.py --format
models-check: $(MODELS:%=$(BUILD)/models/host/%) $(MODELS:%=$(BUILD)/models/target/%.elf) ## every model: checksum, card, answers
	$(Q)$(PYTHON) -B models/provenance.py list
	$(Q)$(RUN) -c $(PYTHON) -B tests/models/check.py $(BUILD)/models/host $(BUILD)/models/target $(M4_QEMU) \
	    $(SEMIHOSTING) -kernel
# The bits of the rows with the tables that are not built in.
OTHER_TABLES := $(filter-out $(call tables_of,$(MODEL)),$(TABLE_SETS))
$(OTHER_TABLES:%=$(BUILD)/tables/%/test_features): $(BUILD)/tables/%/test_features: $(BUILD)/host/tests/dsp/test_features.o \
    $(BUILD)/host/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka -lm
$(foreach t,$(OTHER_TABLES),$(eval $(BUILD)/tables/$(t)/test_features: $(call table_objects,host,$(t))))
test-host: $(addprefix $(BUILD)/host/,$(HOST_TESTS)) $(OTHER_TABLES:%=$(BUILD)/tables/%/test_features) ## unit tests on this machine
	$(Q)$(RUN) -- $^
# What ALSA's plugins keep cannot be told from ours once they are unloaded: it finds none here.
FOR_ASAN = ALSA_PLUGIN_DIR=$(BUILD)/none LSAN_OPTIONS=suppressions=tests/leaks.txt:print_suppressions=0
test-asan: $(addprefix $(BUILD)/asan/,$(HOST_TESTS)) ## the same under address and undefined-behaviour sanitizers
	$(Q)$(FOR_ASAN) $(RUN) -- $^
test-m4: $(addprefix $(M4)/,$(CORE_TESTS)) ## those of dsp, models, firmware on the emulated Cortex-M4
	$(Q)$(RUN) $(M4_QEMU) $(SEMIHOSTING) -kernel -- $^
# Programs that tests in Python run, and where those find what they share.
TOOLS_NEED := host firmware desk factory $(BUILD)/mps2/faults.elf $(BUILD)/speech.raw $(EMULATED:%=$(BUILD)/%/emulated.elf) \
    $(EMULATED:%=$(BUILD)/host/tests/boards/%/print_audio)
TOOLS_ENV = BUILD=$(abspath $(BUILD)) KISSFFT_DIR=$(abspath $(KISSFFT_DIR)) BEARSSL_DIR=$(abspath $(BEARSSL_DIR)) \
    PYTHONPATH=$(CURDIR)/tests:$(CURDIR)/tests/boards:$(CURDIR)/tests/host-tools
TOOLS_TESTS := $(filter-out $(if $(WITHOUT_POSTGRES),%/test_ledger_postgres.py %/test_replica.py %/test_postgres_dies.py),$(wildcard tests/test_*.py \
    tests/boards/test_*.py tests/boards/*/test_*.py tests/host-tools/test_*.py tests/host-tools/*/test_*.py tests/models/train/test_*.py))
test-tools: $(TOOLS_NEED) ## the programs from outside
	$(Q)$(TOOLS_ENV) $(RUN) -- $(TOOLS_TESTS)
# Lines that tests on this machine run: a build of its own with counters, half as fast, and the tests that use it.
COVER := $(BUILD)/cov
COVER_MAKE = TEST_TIMEOUT=1200 $(MAKE) --no-print-directory BUILD=$(COVER) host_FLAGS='-O1 --coverage' \
    host_LDFLAGS=--coverage TOOLS_TESTS='$(filter tests/host-tools/% tests/boards/test_desk.py,$(TOOLS_TESTS))'
coverage: $(BUILD)/setup/coverage ## how many lines of each room the tests run
	$(Q)mkdir -p $(COVER) && ln -sfn ../setup ../third_party ../fetch $(COVER)
	$(Q)find $(COVER) -name '*.gcda' -delete
	+$(Q)$(COVER_MAKE) -j$$(nproc) covered
	+$(Q)code=0; $(COVER_MAKE) -k test-host test-tools || code=$$?; $(PYTHON) -B tests/coverage.py $(COVER) && exit $$code
covered: $(addprefix $(BUILD)/host/,$(HOST_TESTS)) $(TOOLS_NEED)
# Small faults made on purpose, and how many the nearest tests notice; kernels of the target are judged on the emulated core.
KERNEL_TESTS := $(filter $(foreach k,$(KERNELS),tests/$(dir $(k))test_$(notdir $(k))),$(CORE_TESTS))
KERNEL_TESTS += tests/dsp/test_features tests/models/test_infer
SEED ?= 1
N ?= 20
MUTANTS_TABLE ?= docs/measured/mutants.md
mutants: mutants-built ## N (20) small faults of each room, which the tests should notice; ROOM=dsp, SEED=1. tests/mutants.py
	+$(Q)$(TOOLS_ENV) $(PYTHON) -B tests/mutants.py $(BUILD) --seed $(SEED) --n $(N) $(if $(ROOM),--room $(ROOM)) \
	    --table $(MUTANTS_TABLE) --emulator "$(M4_QEMU) $(SEMIHOSTING) -kernel"
mutants-built: $(foreach v,host asan,$(addprefix $(BUILD)/$(v)/,$(HOST_TESTS))) $(TOOLS_NEED) $(addprefix $(M4)/,$(KERNEL_TESTS))
BLE_PYTHON := $(BUILD)/ble/venv/bin/python
BLE_TESTS := $(wildcard tests/ble/test_*.py)
test-ble: host firmware release bootloader $(BUILD)/speech.raw ## the emulated headset against bumble, an independent Bluetooth stack
	$(Q)code=0; $(PYTHON) -B tests/ble/environment.py $(BUILD)/ble/venv || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "pip reaches no package index" -- $(BLE_TESTS); else \
	TEST_TIMEOUT=600 BUILD=$(abspath $(BUILD)) $(RUN) $(BLE_PYTHON) -B -- $(BLE_TESTS); fi
MEASURED_PAGES ?=
test-pages: host $(BUILD)/speech.raw | $(BUILD)/setup/docs ## every page by axe-core, by keyboard, at 200 %, without motion; those of `make docs` where they are made
	$(Q)code=0; $(PYTHON) -B tests/pages/axe.py $(BUILD)/pages || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "npm is not here or reaches no registry" -- tests/pages/test_pages.py; else \
	$(TOOLS_ENV) AXE=$(BUILD)/pages/axe.min.js DOCS=$(BUILD)/docs MEASURED=$(MEASURED_PAGES) SHOW=1 TEST_TIMEOUT=1200 $(RUN) -- tests/pages/test_pages.py; fi
UPDATE_PYTHON := $(BUILD)/update/venv/bin/python
UPDATE_TESTS := $(wildcard tests/update/test_*.py)
UPDATE_ENVIRONMENT = $(PYTHON) -B tests/ble/environment.py $(BUILD)/update/venv tests/update/requirements.txt
test-update: host release bootloader ## signed images and updates against imgtool and smpmgr, MCUboot's own tools
	$(Q)code=0; $(UPDATE_ENVIRONMENT) || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "pip reaches no package index" -- $(UPDATE_TESTS); else \
	TEST_TIMEOUT=600 BUILD=$(abspath $(BUILD)) $(RUN) $(UPDATE_PYTHON) -B -- $(UPDATE_TESTS); fi
# A make of its own, since RADIO is a variable of the whole. What cannot be fetched is 3; a wrong digest fails.
ifeq ($(RADIO),sdc)
test-radio: $(ONE_CHIP_IMAGES:%=$(BUILD)/$(ONE_CHIP)/%.elf) $(BUILD)/$(ONE_CHIP)/one-chip.LICENCE $(filter $(BUILD)/%,$(RADIO_RUN))
	$(Q)$(FOR_ASAN) $(TOOLS_ENV):$(CURDIR)/tests/bench $(RUN) -- $(RADIO_RUN)
else
test-radio: $(BUILD)/setup/check ## the image with the chip's own radio, RADIO=sdc: its code against a double, its link map, its limits
	+$(Q)code=0; { [ -e $(SDC_LIBRARY) ] || $(FETCH_SDC); } && { [ -e $(firstword $(MPSL_LIBRARY)) ] || $(FETCH_MPSL); } || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "cargo is not here or reaches no registry" -- $(RADIO_RUN); \
	else $(MAKE) --no-print-directory BOARD=$(ONE_CHIP) RADIO=sdc test-radio; fi
endif
API_PYTHON := $(BUILD)/api/venv/bin/python
API_TESTS := $(wildcard tests/api/test_*.py)
API_ENVIRONMENT = $(PYTHON) -B tests/ble/environment.py $(BUILD)/api/venv tests/api/requirements.txt
test-api: $(BUILD)/setup/check ## the HTTP of desk and floor as described, by OpenAPI's own validator
	$(Q)code=0; $(API_ENVIRONMENT) || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "pip reaches no package index" -- $(API_TESTS); else $(RUN) $(API_PYTHON) -B -- $(API_TESTS); fi
demo-ble: host firmware ## the demo's call over Bluetooth: pairing, bond, and the same events as over the UART
	$(Q)$(PYTHON) -B tests/ble/environment.py $(BUILD)/ble/venv
	$(Q)BUILD=$(abspath $(BUILD)) $(BLE_PYTHON) -B tests/ble/bridge.py --undertone $(BUILD)/host/undertone \
	    --out $(BUILD)/demo-ble
demo-update: host release bootloader ## updates over serial line and Bluetooth with the power cut on the way, and images that do not work
	$(Q)$(PYTHON) -B tests/ble/environment.py $(BUILD)/ble/venv
	$(Q)BUILD=$(abspath $(BUILD)) $(BLE_PYTHON) -B tests/ble/demo_update.py --undertone $(BUILD)/host/undertone \
	    --out $(BUILD)/demo-update
# One test or a few, by name, and where. tests/pick.py
ON ?= host
ifneq ($(filter test gdb,$(MAKECMDGOALS)),)
PICKED := $(shell $(PYTHON) -B tests/pick.py $(T))
ifneq ($(.SHELLSTATUS),0)
$(error $(PICKED))
endif
PICKED_C := $(basename $(filter %.c,$(PICKED)))
PICKED_BLE := $(filter tests/ble/%,$(PICKED))
PICKED_UPDATE := $(filter tests/update/%,$(PICKED))
PICKED_API := $(filter tests/api/%,$(PICKED))
PICKED_TOOLS := $(filter-out $(PICKED_BLE) $(PICKED_UPDATE) $(PICKED_API),$(filter %.py,$(PICKED)))
ifneq ($(filter tests/boards/nrf52840/sdc/%,$(PICKED)),)
ifneq ($(RADIO),sdc)
$(error $(T) needs what RADIO=sdc fetches: make test-radio)
endif
endif
ifeq ($(ON),m4)
ifneq ($(filter-out $(CORE_TESTS:=.c),$(PICKED)),)
$(error $(T) has no image for the target: ON=m4 has the tests in C of dsp, models, firmware)
endif
endif
endif
picked_on = $(addprefix $(BUILD)/$(1)/,$(PICKED_C))
test: SHOW := 1
test: $(call picked_on,$(ON)) $(if $(PICKED_TOOLS),$(TOOLS_NEED)) $(if $(PICKED_BLE),host firmware release bootloader $(BUILD)/speech.raw) \
    $(if $(PICKED_UPDATE),host release bootloader)
test: ## T=dsp/pitch: one test, or a few; ON=asan under sanitizers, ON=m4 on the emulated Cortex-M4
	$(if $(PICKED_C)$(PICKED_TOOLS),$(Q)$(FOR_ASAN) SHOW=$(SHOW) \
	    $(TOOLS_ENV) $(RUN) $(if $(filter m4,$(ON)),$(M4_QEMU) $(SEMIHOSTING) -kernel) -- \
	    $(call picked_on,$(ON)) $(PICKED_TOOLS))
	$(if $(PICKED_BLE),$(Q)$(PYTHON) -B tests/ble/environment.py $(BUILD)/ble/venv)
	$(if $(PICKED_BLE),$(Q)SHOW=$(SHOW) TEST_TIMEOUT=600 BUILD=$(abspath $(BUILD)) \
	    $(RUN) $(BLE_PYTHON) -B -- $(PICKED_BLE))
	$(if $(PICKED_UPDATE),$(Q)$(UPDATE_ENVIRONMENT))
	$(if $(PICKED_UPDATE),$(Q)SHOW=$(SHOW) TEST_TIMEOUT=600 BUILD=$(abspath $(BUILD)) \
	    $(RUN) $(UPDATE_PYTHON) -B -- $(PICKED_UPDATE))
	$(if $(PICKED_API),$(Q)$(API_ENVIRONMENT))
	$(if $(PICKED_API),$(Q)SHOW=$(SHOW) $(RUN) $(API_PYTHON) -B -- $(PICKED_API))
GDB ?= gdb-multiarch
gdb: $(call picked_on,$(or $(filter m4,$(ON)),debug)) | $(BUILD)/setup/check ## T=dsp/pitch: a test in C under the debugger; ON=m4 on the emulated Cortex-M4
	$(if $(PICKED_C),,$(error $(T) is a test in Python; what it runs: gdb --args $(BUILD)/host/undertone WORD...))
	$(Q)tests/gdb.sh $(firstword $^) $(if $(filter m4,$(ON)),$(QEMU) -M $(mps2_MACHINE_m4) $(SEMIHOSTING)) -- $(GDB) $(GDB_FLAGS)
# A day of audio on a process and on the emulated board, with all that a day brings. tests/endurance/day.py
HOURS ?= 24
DAY = tests/endurance/day.py $(1) $(BUILD)/speech.raw desk=$(BUILD)/desk/undertone-desk mps2=$(BUILD)/mps2/undertone.elf
test-day: desk firmware $(BUILD)/speech.raw ## ten minutes of endurance
	$(Q)SHOW=1 $(RUN) -c $(PYTHON) -B $(call DAY,0.1667)
endurance: desk firmware $(BUILD)/speech.raw ## HOURS (24) of audio through the main loop, with all that a day brings
	$(Q)SHOW=1 TEST_TIMEOUT=0 $(RUN) -c $(PYTHON) -B $(call DAY,$(HOURS))
$(addprefix $(BUILD)/fuzz/,$(FUZZERS)): %: %.o $(BUILD)/fuzz/libtools.a $(BUILD)/fuzz/libcore.a
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(TOOLS_LIBS)
fuzz: $(addprefix $(BUILD)/fuzz/,$(FUZZERS)) ## FUZZ_RUNS inputs to each decoder of outside bytes
	$(Q)$(RUN) tests/fuzz/run.sh $(FUZZ_RUNS) -- $^
# The live service under load and faults: a table of figures. ONLY=sse,desk: some of it. tests/bench/service.py
$(BUILD)/host/tests/bench/ingest: %: %.o $(BUILD)/host/libtools.a $(BUILD)/host/libcore.a
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $^ $(TOOLS_LIBS)
SERVICE_TABLE ?= docs/measured/service.md
bench-service: host $(BUILD)/host/tests/bench/ingest | $(BUILD)/setup/check ## the live service under load and faults: docs/measured/service.md; ONLY=parts
	$(Q)$(TOOLS_ENV) $(PYTHON) -B tests/bench/service.py --table $(SERVICE_TABLE) $(if $(ONLY),--only $(ONLY))
FLEET_TABLE ?= docs/measured/fleet.md
bench-fleet: host | $(BUILD)/setup/check ## many sites in one PostgreSQL database, while what serves them is killed; 10,000 connections; what 1,000 headsets cost: docs/measured/fleet.md; ONLY=parts
	$(Q)$(TOOLS_ENV) $(PYTHON) -B tests/bench/fleet.py --table $(FLEET_TABLE) $(if $(ONLY),--only $(ONLY))
# Spark, for a part of the bench; Java is to be there.
$(BUILD)/spark: tests/spark/requirements.txt
	$(Q)$(PYTHON) -m venv $@/venv && $@/venv/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r $< && touch $@
# A broker of the bench alone, where Go is there.
NATS := github.com/nats-io/nats-server/v2@v2.10.29
$(BUILD)/bench/nats-server:
	@mkdir -p $(@D)
	$(Q)command -v go >/dev/null || { echo "bench-fleet: NATS is built with Go, which is not installed; install golang-go, or leave the part out"; exit 1; }
	$(Q)GOBIN=$(abspath $(@D)) GOPATH=$(abspath $(BUILD)/go) GOFLAGS=-modcacherw go install $(NATS)
FUZZ_SECONDS ?= 60
fuzz-long: $(addprefix $(BUILD)/fuzz/,$(FUZZERS)) ## FUZZ_SECONDS (60) for each of them, as many at a time as there are cores
	$(Q)SHOW=1 TEST_TIMEOUT=0 $(RUN) -c sh -c \
	    'printf "%s\n" "$$@" | xargs -n1 -P"$$(nproc)" tests/fuzz/run.sh $(FUZZ_SECONDS)s' fuzz-long $^

$(foreach v,$(EXACT_HOST),$(BUILD)/exact/$(v)/trace): $(BUILD)/exact/%/trace: \
    $(addprefix $(BUILD)/exact/%/,tests/exact/trace.o libcore.a)
	$(Q)$(CC) -o $@ $^ -lm
$(CORES:%=$(BUILD)/exact/%.elf): $(BUILD)/exact/%.elf: \
    $(addprefix $(BUILD)/%/,tests/exact/trace.o $(mps2_START:.c=.o) libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $($*_FLAGS) $(call LDFLAGS_OF,mps2) $(mps2_LDFLAGS_$*) --oslib=semihost $^ -lm \
	    -Wl,--defsym=ut_stack_bytes=0x4000 -o $@
TRACES := $(foreach v,$(EXACT_HOST),$(BUILD)/exact/$(v)/trace) $(CORES:%=$(BUILD)/exact/%.elf)
# The same with each other model and its tables: $(1) model
define exact_model
$(EXACT_HOST:%=$(BUILD)/exact/%/trace-$(1)): $(BUILD)/exact/%/trace-$(1): $(BUILD)/exact/%/tests/exact/trace.o \
    $(call with_model,exact/%,$(1)) $(BUILD)/exact/%/libcore.a
	$$(Q)$$(CC) -o $$@ $$^ -lm
$(CORES:%=$(BUILD)/exact/%-$(1).elf): $(BUILD)/exact/%-$(1).elf: $(addprefix $(BUILD)/%/,tests/exact/trace.o $(mps2_START:.c=.o)) \
    $(call with_model,%,$(1)) $(BUILD)/%/libcore.a
	@mkdir -p $$(@D)
	$$(Q)$$(CROSS)gcc $$($$*_FLAGS) $$(call LDFLAGS_OF,mps2) $$(mps2_LDFLAGS_$$*) --oslib=semihost $$^ -lm \
	    -Wl,--defsym=ut_stack_bytes=0x4000 -o $$@
TRACES += $(EXACT_HOST:%=$(BUILD)/exact/%/trace-$(1)) $(CORES:%=$(BUILD)/exact/%-$(1).elf)
endef
OTHERS := $(filter-out $(MODEL),$(MODELS))
$(foreach m,$(OTHERS),$(eval $(call exact_model,$(m))))
built: $(TRACES)
exact: $(TRACES) $(BUILD)/speech.raw $(BUILD)/mps2/undertone.elf ## every stage's bits, everywhere
	$(Q)SHOW=1 CC=$(CC) $(RUN) -c tests/exact/run.sh $(BUILD)/exact $(BUILD)/speech.raw $(CROSS) \
	    $(M4)/libcore.a $(BUILD)/mps2/undertone.elf \
	    $(foreach v,$(EXACT_HOST),$(v)=$(BUILD)/exact/$(v)/trace) \
	    $(foreach c,$(CORES),$(c)@$(mps2_MACHINE_$(c))=$(BUILD)/exact/$(c).elf) \
	    $(foreach m,$(OTHERS),-- $(foreach v,$(EXACT_HOST),$(v)-$(m)=$(BUILD)/exact/$(v)/trace-$(m)) \
	    $(foreach c,$(CORES),$(c)-$(m)@$(mps2_MACHINE_$(c))=$(BUILD)/exact/$(c)-$(m).elf))

# Slot A as it leaves the factory, in the file that is the emulated machine's flash.
$(BUILD)/mps2/flash: $(BUILD)/mps2/undertone.update boards/release.py
	$(Q)$(PYTHON) boards/release.py factory $@.slot 0x40000 $<
	$(Q)tr '\0' '\377' </dev/zero | head -c 1048576 >$@.new && truncate -s 16M $@.new
	$(Q)dd if=$@.slot of=$@.new bs=65536 seek=1 conv=notrunc status=none && rm $@.slot && mv $@.new $@
FLASH_QEMU = -object memory-backend-file,id=flash,size=16M,mem-path=$(1),share=on
size: $(IMAGES:%=$(BUILD)/%/undertone.elf) $(firstword $(ONE_CHIP_IMAGES:%=$(BUILD)/$(ONE_CHIP)/%.elf)) $(BOOTED:%=$(BUILD)/%/boot.elf) $(BUILD)/speech.raw $(BUILD)/mps2/flash ## flash, RAM and stack of the images, against the budgets
	$(Q)$(M4_QEMU) -icount shift=5,sleep=off $(SEMIHOSTING),arg=undertone,arg=--stack,arg=$(BUILD)/speech.raw \
	    -kernel $(BUILD)/mps2/undertone.elf >$(BUILD)/size.log 2>&1
	$(Q)$(M4_QEMU),memory-backend=flash $(call FLASH_QEMU,$(BUILD)/mps2/flash) -icount shift=5,sleep=off \
	    $(SEMIHOSTING),arg=undertone,arg=--stack,arg=/dev/null -kernel $(BUILD)/mps2/boot.elf >>$(BUILD)/size.log 2>&1
	$(Q)SHOW=1 $(RUN) -c $(PYTHON) tests/bench/report.py size $(CROSS)size $(BUILD)/size.log $(BUILD)/size.json \
	    $(filter %.elf,$^)
BENCH := tests/bench/bench.o tests/bench/pairing.o
$(BUILD)/bench/target.elf: $(addprefix $(M4)/,$(mps2_SOURCES:.c=.o) $(BENCH) libcore.a)
	@mkdir -p $(@D)
	$(Q)$(M4_LINK) --oslib=semihost $^ -lm -Wl,--defsym=main=ut_main -Wl,--defsym=ut_ram_bytes=0x200000 -o $@
$(BUILD)/bench/host: $(addprefix $(BUILD)/host/,$(desk_SOURCES:.c=.o) $(BENCH) libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lm -lpthread
bench: $(BUILD)/bench/target.elf $(BUILD)/bench/host $(BUILD)/host/undertone size ## instructions per hop on the Cortex-M4, against the budgets
	$(Q)$(M4_QEMU) -icount shift=7,sleep=off $(SEMIHOSTING),arg=bench,arg=$(BUILD)/speech.raw -kernel $< \
	    >$(BUILD)/bench/target.log 2>&1
	$(Q)$(BUILD)/bench/host --fast --link /dev/null $(BUILD)/speech.raw >$(BUILD)/bench/host.log 2>&1
	$(Q)$(PYTHON) tests/bench/page.py $(BUILD)/host/undertone $(BUILD)/speech.raw >>$(BUILD)/bench/host.log
	$(Q)$(PYTHON) tests/bench/report.py selfcheck >/dev/null
	$(Q)SHOW=1 $(RUN) -c $(PYTHON) tests/bench/report.py bench $(BUILD)/bench/target.log $(BUILD)/bench/host.log \
	    $(BUILD)/size.json $(BUILD)/bench.json \
	    $(foreach b,$(IMAGES),$(if $($(b)_HZ),$(b)=$($(b)_HZ)+$(or $($(b)_HOP_INSTRUCTIONS),0)))
cycles: $(BUILD)/mps2/undertone.elf $(BUILD)/speech.raw ## cycles per instruction by Arm's timings, from an instruction trace
	$(Q)$(PYTHON) tests/bench/cycles.py $^ $(CROSS)objdump

quick: $(BUILD)/setup/check ## the house and the tests of what changed since origin/main: before every push
	$(Q)rm -rf $(BUILD)/results
	+$(Q)begin=$$(date +%s); picked=$$($(PYTHON) -B tests/pick.py --changed | tr '\n' ' '); \
	$(MAKE) --no-print-directory -k -j$$(nproc) SHOW= house $${picked:+test "T=$$picked"}; \
	echo "quick: $$(($$(date +%s) - begin)) s"; tests/total.sh $(BUILD)/results house $${picked:+test}
CHECKS := house models-check test-host test-asan test-m4 test-tools test-api test-ble test-update test-radio test-day exact size bench fuzz
check: $(BUILD)/setup/check ## every test; the last line is the total
	$(Q)rm -rf $(BUILD)/results
	+$(Q)$(MAKE) --no-print-directory -k -j$$(nproc) built || true # what does not build is counted below
	+$(Q)$(MAKE) --no-print-directory -k $(CHECKS); tests/total.sh $(BUILD)/results $(CHECKS)

# A fixed two hours; a shorter one leaves its summary in the build. An hour of audio takes both headsets 40 s or so.
NIGHT_MINUTES ?= 120
NIGHT_MAKE := $(MAKE) --no-print-directory BUILD=$(BUILD)
night: $(BUILD)/setup/coverage ## NIGHT_MINUTES (120) of endurance, fuzzing, exactness, coverage, a fleet, packages and a release; its summary goes to docs/measured
	+$(Q)$(PYTHON) -B tests/night.py $(NIGHT_MINUTES) \
	    $(if $(filter 120,$(NIGHT_MINUTES)),docs/measured/night-$$(date +%F).md,$(BUILD)/night.md) \
	    'build=$(NIGHT_MAKE) -j$$(nproc) built' 'exact=$(NIGHT_MAKE) exact' 'coverage=$(NIGHT_MAKE) coverage' \
	    'mutants=$(NIGHT_MAKE) mutants $(if $(filter 120,$(NIGHT_MINUTES)),,MUTANTS_TABLE=$(BUILD)/mutants.md)' \
	    'package=$(NIGHT_MAKE) test-package $(if $(filter 120,$(NIGHT_MINUTES)),MEASURED_PACKAGE=docs/measured/package.md)' \
	    'clones=$(NIGHT_MAKE) test-reproducible $(if $(filter 120,$(NIGHT_MINUTES)),MEASURED_REPRODUCIBLE=docs/measured/reproducible.md)' \
	    'boot=$(NIGHT_MAKE) test-boot' 'elsewhere=$(NIGHT_MAKE) test-elsewhere' 'release=$(NIGHT_MAKE) test-dist' 'docs=$(NIGHT_MAKE) docs' \
	    'pages=$(NIGHT_MAKE) test-pages $(if $(filter 120,$(NIGHT_MINUTES)),MEASURED_PAGES=docs/measured/pages.md)' \
	    'clocks=CLOCKS_S=900 TEST_TIMEOUT=1200 SHOW=1 $(NIGHT_MAKE) test T=host-tools/sources/pulse' \
	    'fleet=$(NIGHT_MAKE) bench-fleet FLEET_TABLE=$(BUILD)/fleet.md' \
	    'pipewire=SOUND_SERVER=pipewire TEST_TIMEOUT=600 $(NIGHT_MAKE) test T=host-tools/sources/pulse' \
	    'updates=KILLS=200 TEST_TIMEOUT=7200 $(NIGHT_MAKE) test T=boards/update' \
	    'endurance*1=$(NIGHT_MAKE) endurance HOURS=$$(awk "BEGIN { print 0.17 + $$NIGHT_SECONDS / 60 }")' \
	    'fuzz*1=n=$$(nproc); $(NIGHT_MAKE) fuzz-long FUZZ_SECONDS=$$((NIGHT_SECONDS / (($(words $(FUZZERS)) + n - 1) / n)))'

built: $(BUILD)/debug/tests/dsp/test_q # opened by tests/test_make.py
.PHONY: quick check night test covered coverage mutants mutants-built gdb built house format models-check test-host \
    test-asan test-m4 test-tools test-api test-ble test-pages test-update test-radio demo-ble demo-update test-day endurance fuzz fuzz-long exact size bench bench-service bench-fleet cycles
