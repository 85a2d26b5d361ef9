# SPDX-License-Identifier: Apache-2.0
# Undertone. `make help` lists the targets; everything made lands in $(BUILD).
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
CROSS ?= arm-none-eabi-
PYTHON ?= /usr/bin/python3
FUZZ_RUNS ?= 50000
MODEL ?= u1
BOARD ?= stm32f4-discovery
KISSFFT_DIR ?= $(BUILD)/third_party/kissfft
CMOCKA_DIR ?= $(BUILD)/third_party/cmocka
BEARSSL_DIR ?= $(BUILD)/third_party/bearssl
Q := $(if $(V),,@)

# A board is a folder with a board.mk; with a link.ld it is an image for a processor. Folders without are parts of boards.
BOARDS := $(patsubst boards/%/board.mk,%,$(wildcard boards/*/board.mk))
IMAGES := $(patsubst boards/%/link.ld,%,$(wildcard boards/*/link.ld))
include $(BOARDS:%=boards/%/board.mk)

# %_dsp.c holds a kernel of %.c for cores with the DSP extension and takes its place there.
CORE := $(filter-out %_dsp.c,$(wildcard dsp/*.c models/*.c models/$(MODEL)/*.c)) \
    $(filter-out firmware/main.c,$(wildcard firmware/*.c firmware/ble/*.c)) $(wildcard boards/pdm/*.c)
KERNELS := $(patsubst %_dsp.c,%,$(wildcard dsp/*_dsp.c models/*_dsp.c))
TOOLS := $(wildcard host-tools/*/*.c)
CORE_TESTS := $(basename $(wildcard tests/dsp/test_*.c tests/models/test_*.c tests/firmware/test_*.c \
    tests/firmware/ble/test_*.c tests/boards/pdm/test_*.c))
BOARD_TESTS := $(basename $(wildcard $(IMAGES:%=tests/boards/%/test_*.c)))
HOST_TESTS := $(CORE_TESTS) $(BOARD_TESTS) $(basename $(wildcard tests/host-tools/*/test_*.c))
FUZZERS := $(basename $(wildcard tests/fuzz/fuzz_*.c))
# Constant-time AES; the curve's source is taken in by firmware/ble/p256.c.
BEARSSL := aes_ct aes_ct_enc aes_ct_cbcenc ccopy dec32le

CFLAGS := -std=c11 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wvla -Wmissing-prototypes \
    -Werror -ffunction-sections -fdata-sections -MMD -MP
INCLUDES := -I. -I$(BUILD)/gen -isystem $(KISSFFT_DIR) -isystem $(BEARSSL_DIR)/inc -isystem $(BEARSSL_DIR)/src
FFT := -DFIXED_POINT=16 -DNDEBUG -DKISS_FFT_USE_ALLOCA
PACKAGES := sndfile samplerate portaudio-2.0 ncursesw inih jansson libserialport cairo libsystemd
# Not expanded before a compile: on a fresh machine pkg-config comes with the set-up.
# One level of the system's functions for all of host-tools, instead of each package's own.
TOOLS_CFLAGS = -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 $(filter-out -D%,$(shell pkg-config --cflags $(PACKAGES)))
TOOLS_LIBS = $(shell pkg-config --libs $(PACKAGES)) -lm -lpthread
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
M4_QEMU := timeout 300 qemu-system-arm -display none -monitor none -serial null -M mps2-an386
SEMIHOSTING := -semihosting-config enable=on,target=native
LDFLAGS_OF = -nostartfiles -T boards/$(1)/link.ld -Wl,--gc-sections
TARGET_LDFLAGS := $(call LDFLAGS_OF,mps2)

# $(1) variant, a folder of $(BUILD); $(2) compiler; $(3) its flags; $(4) ar; $(5) flags for dsp, models, firmware only;
# $(6) _dsp where the core has the DSP extension
define variant
$(BUILD)/$(1)/%.o: %.c $(BUILD)/gen/tables.c | $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h
	@mkdir -p $$(@D)
	$$(Q)$(2) $$(CFLAGS) $$(INCLUDES) $(FFT) $(3) $$(if $$(filter dsp/% models/% firmware/%,$$<),$(5)) \
	    $$(if $$(findstring host-tools/,$$<),$$(TOOLS_CFLAGS)) -c $$< -o $$@
$(BUILD)/$(1)/tables.o: $(BUILD)/gen/tables.c
	@mkdir -p $$(@D)
	$$(Q)$(2) $$(CFLAGS) $$(INCLUDES) $(3) -c $$< -o $$@
$(BUILD)/$(1)/kiss_%.o: | $(KISSFFT_DIR)/kiss_fft.c
	@mkdir -p $$(@D)
	$$(Q)$(2) $$(filter-out -W%,$$(CFLAGS)) -w $$(INCLUDES) $(FFT) $(3) -c $(KISSFFT_DIR)/kiss_$$*.c -o $$@
$(BUILD)/$(1)/bearssl_%.o: | $(BEARSSL_DIR)/inc/bearssl.h
	@mkdir -p $$(@D)
	$$(Q)$(2) $$(filter-out -W%,$$(CFLAGS)) -w $$(INCLUDES) $(3) $(5) -c $(BEARSSL_DIR)/src/*/$$*.c -o $$@
$(BUILD)/$(1)/libcore.a: $(addprefix $(BUILD)/$(1)/,$(filter-out $(KERNELS:=.o),$(CORE:.c=.o)) $(KERNELS:=$(6).o) \
    tables.o kiss_fft.o $(BEARSSL:%=bearssl_%.o)) $(BUILD)/model.id
	@rm -f $$@
	$$(Q)$(4) rcs $$@ $$(filter %.o,$$^)
$(BUILD)/$(1)/host-tools/reports/report_html.o: $(BUILD)/gen/host-tools/reports/report_page.h
# Rooms may hold files of one name: appended, since replacing goes by the name alone.
$(BUILD)/$(1)/libtools.a: $(addprefix $(BUILD)/$(1)/,$(TOOLS:.c=.o))
	@rm -f $$@
	$$(Q)$(4) qcs $$@ $$^
endef
$(eval $(call variant,host,$(CC),-O3,ar))
$(eval $(call variant,asan,$(CC),-O1 $(SANITIZE),ar))
$(eval $(call variant,fuzz,$(CLANG),-O1 $(SANITIZE) -fsanitize=fuzzer-no-link,ar,$$(PLAIN)))
# The arithmetic without sanitizers, which the fuzzer of the pairing would spend its time in; test-asan has them.
$(addprefix $(BUILD)/fuzz/,firmware/ble/p256.o $(BEARSSL:%=bearssl_%.o)): PLAIN := -O2 -fno-sanitize=all
# The same bytes wherever the source lies; of the two builds of the C library the one that copies more than a byte at
# a time.
TARGET_CFLAGS := -ffile-prefix-map=$(CURDIR)=. -O2 -mthumb -mfloat-abi=soft --specs=picolibc.specs \
    --picolibc-buildtype=release
$(foreach m,$(mps2_MACHINES),$(eval $(call variant,mps2/$(m),$(CROSS)gcc,$(TARGET_CFLAGS) $(mps2_CFLAGS_$(m)),\
    $(CROSS)ar,-mgeneral-regs-only -Wstack-usage=2048,$(if $(filter $(m),$(mps2_DSP)),_dsp))))
EXACT_HOST := gcc-O0 gcc-O2 gcc-O3 clang-O0 clang-O2 clang-O3
$(foreach v,$(EXACT_HOST),$(eval $(call variant,exact/$(v),$(if $(filter gcc%,$(v)),$(CC),$(CLANG)),\
    -O$(lastword $(subst -O, ,$(v))),ar,-mgeneral-regs-only)))

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo "Variables: V=1 shows commands, BUILD=folder, MODEL=folder of models/, CORPORA=folders with an index.tsv,"
	@echo "           ID=folder of models/ to train into, ARGS=--cached (eval-model) trains nothing,"
	@echo "           BOARD=folder of boards/ to flash ($(filter-out mps2,$(IMAGES)));"
	@echo "           KISSFFT_DIR=, BEARSSL_DIR=, CMOCKA_DIR= use a source already here."

setup: $(BUILD)/setup/check ## install packages and fetch sources for everything but training
setup: $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h $(CMOCKA_DIR)/src/cmocka.c

demo: $(BUILD)/host/undertone $(BUILD)/mps2/undertone.elf ## a scripted call through the emulated headset, as live cues
	$(Q)$(PYTHON) host-tools/demo.py --undertone $(BUILD)/host/undertone --firmware $(BUILD)/mps2/undertone.elf \
	    --out $(BUILD)/demo

CHECKS := house models-check test-host test-asan test-m4 test-tools test-ble test-day exact size bench fuzz
check: $(BUILD)/setup/check ## every test; the last line is the total
	$(Q)rm -rf $(BUILD)/results
	+$(Q)$(MAKE) --no-print-directory -k -j$$(nproc) built || true # what does not build is counted below
	+$(Q)$(MAKE) --no-print-directory -k $(CHECKS); tests/total.sh $(BUILD)/results $(CHECKS)

host: $(BUILD)/host/undertone ## the program of the contact-centre side
firmware: $(BUILD)/mps2/undertone.elf ## the image of the emulated headset
desk: $(BUILD)/desk/undertone-desk ## the headset as a Linux process
all-boards: desk $(IMAGES:%=$(BUILD)/%/undertone.bin) ## the image of every board

flash: $(BUILD)/host/undertone $(BUILD)/$(BOARD)/undertone.bin ## write BOARD's image through a debug probe: PROBE=serial, FLASH=--port ...
	$(Q)$< flash $(BUILD)/$(BOARD)/undertone.bin --board $(BOARD) $(if $(PROBE),--probe $(PROBE)) $(FLASH)

$(BUILD)/setup/%: tests/setup.sh
	@mkdir -p $(@D)
	$(Q)tests/setup.sh $*
	@touch $@
$(BUILD)/third_party/kissfft/kiss_fft.c: | $(BUILD)/setup/demo
	$(Q)$(PYTHON) tests/fetch.py kissfft kissfft_131.1.0.orig.tar.gz \
	    76c1aac87ddb7258f34b08a13f0eebf9e53afa299857568346aa5c82bcafaf1a $(@D) $(BUILD)/fetch
# One after the other, because they would lock the same package lists.
$(BUILD)/third_party/bearssl/inc/bearssl.h: | $(BUILD)/setup/demo $(KISSFFT_DIR)/kiss_fft.c
	$(Q)$(PYTHON) tests/fetch.py bearssl bearssl_0.6+dfsg.1.orig.tar.xz \
	    102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004 $(BUILD)/third_party/bearssl $(BUILD)/fetch
$(BUILD)/third_party/cmocka/src/cmocka.c: | $(BUILD)/setup/check $(BEARSSL_DIR)/inc/bearssl.h
	$(Q)$(PYTHON) tests/fetch.py cmocka cmocka_1.1.5.orig.tar.xz \
	    f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6 $(BUILD)/third_party/cmocka $(BUILD)/fetch
# Says which model is built in; as old as the last change of mind.
$(BUILD)/model.id: FORCE
	@mkdir -p $(@D)
	@echo $(MODEL) | cmp -s - $@ || echo $(MODEL) >$@
FORCE:
$(BUILD)/gen/tables.c: $(wildcard dsp/tables.py models/tables.py boards/pdm/tables.py) | $(BUILD)/setup/demo
	@rm -rf $(addprefix $(BUILD)/gen/,$(dir $^)) && mkdir -p $(addprefix $(BUILD)/gen/,$(patsubst %/tables.py,%,$^))
	$(Q)for script in $^; do $(PYTHON) $$script $(BUILD)/gen/$$(dirname $$script) || exit; done
	$(Q)cd $(BUILD)/gen && for f in dsp/*.c models/*.c boards/*/*.c; do [ ! -f $$f ] || echo "#include \"$$f\""; done >tables.c
$(BUILD)/gen/host-tools/reports/report_page.h: host-tools/reports/page.py host-tools/reports/report_page.html | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $^ $@

$(BUILD)/host/undertone: $(addprefix $(BUILD)/host/,host-tools/main.o libtools.a libcore.a)
	$(Q)$(CC) -o $@ $^ $(TOOLS_LIBS)
$(BUILD)/desk/undertone-desk: $(addprefix $(BUILD)/host/,$(desk_SOURCES:.c=.o) firmware/main.o libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lm -lpthread
# $(1) board, $(2) image, $(3) its sources besides the core's; NAME_CORE is the variant that fits the board's processor
define image
$(BUILD)/$(1)/$(2).elf $(BUILD)/$(1)/$(2).bin &: boards/$(1)/link.ld boards/image.py $(BUILD)/revision \
    $(addprefix $(BUILD)/$($(1)_CORE)/,$(3:.c=.o) firmware/main.o libcore.a)
	@mkdir -p $$(@D)
	$$(Q)$(CROSS)gcc $(TARGET_CFLAGS) $(mps2_CFLAGS_$(notdir $($(1)_CORE))) $(call LDFLAGS_OF,$(1)) \
	    $$(filter %.o %.a,$$^) -lm -Wl,-u,ut_image -Wl,--defsym=main=ut_main \
	    -Wl,-Map=$(BUILD)/$(1)/$(2).map -o $(BUILD)/$(1)/$(2).elf
	$$(Q)$(PYTHON) boards/image.py $(BUILD)/$(1)/$(2).elf "$$$$(cat $(BUILD)/revision)"
endef
$(foreach b,$(IMAGES),$(eval $(call image,$(b),undertone,$($(b)_SOURCES))))
# For emulators without the board's converters: tests/boards/NAME/audio.c takes the place of boards/NAME/audio.c.
EMULATED := $(patsubst tests/boards/%/audio.c,%,$(wildcard $(IMAGES:%=tests/boards/%/audio.c)))
$(foreach b,$(EMULATED),$(eval \
    $(call image,$(b),emulated,$(filter-out %/audio.c,$($(b)_SOURCES)) tests/boards/$(b)/audio.c)))

# The source's revision, that of git unless it is given; the file changes only when it does.
REVISION ?= $(or $(shell git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null),unknown)
$(BUILD)/revision: FORCE
	@mkdir -p $(@D) && echo "$(REVISION)" | cmp -s - $@ || echo "$(REVISION)" >$@

$(BUILD)/mps2/faults.elf: $(addprefix $(BUILD)/mps2/an386/,$(mps2_SOURCES:.c=.o) tests/boards/faults.o firmware/main.o \
    libcore.a)
	$(Q)$(CROSS)gcc $(TARGET_CFLAGS) $(mps2_CFLAGS_an386) $(TARGET_LDFLAGS) $^ -lm -Wl,--defsym=main=ut_main \
	    -Wl,--wrap=board_init -Wl,--wrap=ut_call_push -o $@

# Board code against a model of its peripherals: $(1) variant, $(2) board, $(3) flags
define board_test
$(addprefix $(BUILD)/$(1)/,$(basename $(wildcard tests/boards/$(2)/test_*.c))): %: %.o \
    $(addprefix $(BUILD)/$(1)/,$(patsubst %.c,%.o,$(filter-out %/startup.c boards/cortexm/%,$($(2)_SOURCES))) \
    tests/boards/registers.o libcore.a)
	$$(Q)$(CC) $(3) -o $$@ $$^ -lcmocka -lm
endef
$(foreach b,$(filter $(notdir $(patsubst %/,%,$(dir $(BOARD_TESTS)))),$(BOARDS)),$(eval \
    $(call board_test,host,$(b)))$(eval $(call board_test,asan,$(b),$(SANITIZE))))
$(EMULATED:%=$(BUILD)/host/tests/boards/%/print_audio): %/print_audio: %/print_audio.o %/audio.o \
    $(BUILD)/host/tests/boards/registers.o
	$(Q)$(CC) -o $@ $^
$(addprefix $(BUILD)/host/,$(CORE_TESTS)): %: %.o $(BUILD)/host/libcore.a
	$(Q)$(CC) -o $@ $^ -lcmocka -lm
$(BUILD)/host/tests/host-tools/%: $(addprefix $(BUILD)/host/,tests/host-tools/%.o libtools.a libcore.a)
	$(Q)$(CC) -o $@ $^ -lcmocka $(TOOLS_LIBS)
$(addprefix $(BUILD)/asan/,$(CORE_TESTS)): %: %.o $(BUILD)/asan/libcore.a
	$(Q)$(CC) $(SANITIZE) -o $@ $^ -lcmocka -lm
$(BUILD)/asan/tests/host-tools/%: $(addprefix $(BUILD)/asan/,tests/host-tools/%.o libtools.a libcore.a)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ -lcmocka $(TOOLS_LIBS)
$(BUILD)/mps2/an386/cmocka.o: $(CMOCKA_DIR)/src/cmocka.c
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc -w $(TARGET_CFLAGS) $(mps2_CFLAGS_an386) -ffunction-sections -DHAVE_SIGNAL_H \
	    -I$(CMOCKA_DIR)/include -c $< -o $@
$(addprefix $(BUILD)/mps2/an386/,$(CORE_TESTS)): %: %.o \
    $(addprefix $(BUILD)/mps2/an386/,cmocka.o boards/mps2/startup.o boards/cortexm/crash.o libcore.a)
	$(Q)$(CROSS)gcc $(TARGET_CFLAGS) $(mps2_CFLAGS_an386) $(TARGET_LDFLAGS) --oslib=semihost $^ -lm \
	    -Wl,--defsym=ut_stack_bytes=0x8000 -o $@
$(addprefix $(BUILD)/mps2/an386/,$(CORE_TESTS:=.o)): INCLUDES += -isystem $(CMOCKA_DIR)/include
$(addprefix $(BUILD)/mps2/an386/,$(CORE_TESTS:=.o)): | $(CMOCKA_DIR)/src/cmocka.c

# The vectors of the model built in; each model has its own program besides.
$(foreach v,host asan mps2/an386,$(BUILD)/$(v)/tests/models/test_infer.o): $(BUILD)/model.id
$(foreach v,host asan mps2/an386,$(BUILD)/$(v)/tests/models/test_infer.o): \
    INCLUDES += -DUT_VECTORS='"models/$(MODEL)/vectors.h"'
MODELS := $(patsubst models/%/model.c,%,$(wildcard models/*/model.c))
$(MODELS:%=$(BUILD)/models/host/%): $(BUILD)/models/host/%: tests/models/test_infer.c $(BUILD)/host/models/%/model.o \
    models/%/vectors.h $(BUILD)/host/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS)) $(INCLUDES) -DUT_VECTORS='"models/$*/vectors.h"' -O2 -o $@ \
	    $(filter-out %.h,$^) -lcmocka -lm
$(MODELS:%=$(BUILD)/models/target/%.elf): $(BUILD)/models/target/%.elf: tests/models/test_infer.c \
    $(BUILD)/mps2/an386/models/%/model.o models/%/vectors.h \
    $(addprefix $(BUILD)/mps2/an386/,cmocka.o boards/mps2/startup.o boards/cortexm/crash.o libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(filter-out -MMD -MP,$(CFLAGS)) $(INCLUDES) -isystem $(CMOCKA_DIR)/include $(TARGET_CFLAGS) \
	    $(mps2_CFLAGS_an386) -DUT_VECTORS='"models/$*/vectors.h"' $(TARGET_LDFLAGS) --oslib=semihost \
	    $(filter-out %.h,$^) -lm -Wl,--defsym=ut_stack_bytes=0x8000 -o $@

RUN = tests/run.sh $(BUILD)/results/$@
models-check: $(MODELS:%=$(BUILD)/models/host/%) $(MODELS:%=$(BUILD)/models/target/%.elf) ## every model: checksum, card, answers
	$(Q)$(RUN) -c $(PYTHON) -B tests/models/check.py $(BUILD)/models/host $(BUILD)/models/target $(M4_QEMU) \
	    $(SEMIHOSTING) -kernel
built: host all-boards $(foreach v,host asan,$(addprefix $(BUILD)/$(v)/,$(HOST_TESTS)))
built: $(addprefix $(BUILD)/mps2/an386/,$(CORE_TESTS)) $(addprefix $(BUILD)/fuzz/,$(FUZZERS))
test-host: $(addprefix $(BUILD)/host/,$(HOST_TESTS)) ## unit tests on this machine
	$(Q)$(RUN) -- $^
test-asan: $(addprefix $(BUILD)/asan/,$(HOST_TESTS)) ## the same under address and undefined-behaviour sanitizers
	$(Q)LSAN_OPTIONS=suppressions=tests/leaks.txt:print_suppressions=0 $(RUN) -- $^
test-m4: $(addprefix $(BUILD)/mps2/an386/,$(CORE_TESTS)) ## those of dsp, models, firmware on the emulated Cortex-M4
	$(Q)$(RUN) $(M4_QEMU) $(SEMIHOSTING) -kernel -- $^
test-tools: $(EMULATED:%=$(BUILD)/%/emulated.elf) $(EMULATED:%=$(BUILD)/host/tests/boards/%/print_audio)
test-tools: host firmware desk $(BUILD)/mps2/faults.elf $(BUILD)/speech.raw ## the programs from outside
	$(Q)BUILD=$(abspath $(BUILD)) KISSFFT_DIR=$(abspath $(KISSFFT_DIR)) BEARSSL_DIR=$(abspath $(BEARSSL_DIR)) \
	    PYTHONPATH=$(HELPERS) $(RUN) -- $(wildcard tests/test_*.py tests/boards/test_*.py \
	    tests/host-tools/test_*.py tests/host-tools/*/test_*.py tests/models/train/test_*.py)
# Where tests in Python find what they share.
HELPERS := $(CURDIR)/tests:$(CURDIR)/tests/boards:$(CURDIR)/tests/host-tools
BLE_PYTHON := $(BUILD)/ble/venv/bin/python
BLE_TESTS := $(wildcard tests/ble/test_*.py)
test-ble: host firmware $(BUILD)/speech.raw ## the emulated headset against bumble, an independent Bluetooth stack
	$(Q)code=0; $(PYTHON) -B tests/ble/environment.py $(BUILD)/ble/venv || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "pip reaches no package index" -- $(BLE_TESTS); else \
	TEST_TIMEOUT=600 BUILD=$(abspath $(BUILD)) $(RUN) $(BLE_PYTHON) -B -- $(BLE_TESTS); fi
demo-ble: host firmware ## the demo's call over Bluetooth: pairing, bond, and the same events as over the UART
	$(Q)$(PYTHON) -B tests/ble/environment.py $(BUILD)/ble/venv
	$(Q)BUILD=$(abspath $(BUILD)) $(BLE_PYTHON) -B tests/ble/bridge.py --undertone $(BUILD)/host/undertone \
	    --out $(BUILD)/demo-ble
# A day of audio on a process and on the emulated board, with all that a day brings. tests/endurance/day.py
HOURS ?= 24
DAY = tests/endurance/day.py $(1) $(BUILD)/speech.raw desk=$(BUILD)/desk/undertone-desk mps2=$(BUILD)/mps2/undertone.elf
test-day: desk firmware $(BUILD)/speech.raw ## ten minutes of endurance
	$(Q)SHOW=1 $(RUN) -c $(PYTHON) -B $(call DAY,0.1667)
endurance: desk firmware $(BUILD)/speech.raw ## HOURS (24) of audio through the main loop, with all that a day brings
	$(Q)SHOW=1 TEST_TIMEOUT=0 $(RUN) -c $(PYTHON) -B $(call DAY,$(HOURS))
house: $(BUILD)/mps2/an386/libcore.a ## the rules of the house, and that each of them can fail
	$(Q)$(RUN) -c $(PYTHON) -B tests/house.py $< $(CROSS)nm $(CROSS)gcc
$(addprefix $(BUILD)/fuzz/,$(FUZZERS)): %: %.o $(BUILD)/fuzz/libtools.a $(BUILD)/fuzz/libcore.a
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer -o $@ $^ $(TOOLS_LIBS)
fuzz: $(addprefix $(BUILD)/fuzz/,$(FUZZERS)) ## FUZZ_RUNS inputs to each decoder of outside bytes
	$(Q)$(RUN) tests/fuzz/run.sh $(FUZZ_RUNS) -- $^

$(BUILD)/speech.raw: tests/speech.py | $(BUILD)/setup/demo
	$(Q)$(PYTHON) -W ignore tests/speech.py $@
$(foreach v,$(EXACT_HOST),$(BUILD)/exact/$(v)/trace): $(BUILD)/exact/%/trace: \
    $(addprefix $(BUILD)/exact/%/,tests/exact/trace.o libcore.a)
	$(Q)$(CC) -o $@ $^ -lm
$(foreach m,$(mps2_MACHINES),$(BUILD)/exact/$(m).elf): $(BUILD)/exact/%.elf: \
    $(addprefix $(BUILD)/mps2/%/,tests/exact/trace.o boards/mps2/startup.o boards/cortexm/crash.o libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(TARGET_CFLAGS) $(mps2_CFLAGS_$*) $(TARGET_LDFLAGS) $(mps2_LDFLAGS_$*) --oslib=semihost $^ -lm \
	    -Wl,--defsym=ut_stack_bytes=0x4000 -o $@
TRACES := $(foreach v,$(EXACT_HOST),$(BUILD)/exact/$(v)/trace) $(mps2_MACHINES:%=$(BUILD)/exact/%.elf)
built: $(TRACES)
exact: $(TRACES) $(BUILD)/speech.raw $(BUILD)/mps2/undertone.elf ## every stage's bits, everywhere
	$(Q)SHOW=1 CC=$(CC) $(RUN) -c tests/exact/run.sh $(BUILD)/exact $(BUILD)/speech.raw $(CROSS) \
	    $(BUILD)/mps2/an386/libcore.a $(BUILD)/mps2/undertone.elf \
	    $(foreach v,$(EXACT_HOST),$(v)=$(BUILD)/exact/$(v)/trace) \
	    $(foreach m,$(mps2_MACHINES),$(m)@$(or $(mps2_QEMU_$(m)),mps2-$(m))=$(BUILD)/exact/$(m).elf)

size: $(IMAGES:%=$(BUILD)/%/undertone.elf) $(BUILD)/speech.raw ## flash, RAM and stack of the images, against tests/budget.txt
	$(Q)$(M4_QEMU) -icount shift=5,sleep=off $(SEMIHOSTING),arg=undertone,arg=--stack,arg=$(BUILD)/speech.raw \
	    -kernel $(BUILD)/mps2/undertone.elf >$(BUILD)/size.log 2>&1
	$(Q)SHOW=1 $(RUN) -c $(PYTHON) tests/bench/report.py size $(CROSS)size $(BUILD)/size.log $(BUILD)/size.json \
	    $(filter %.elf,$^)
BENCH := tests/bench/bench.o tests/bench/pairing.o
$(BUILD)/bench/target.elf: $(addprefix $(BUILD)/mps2/an386/,$(mps2_SOURCES:.c=.o) $(BENCH) libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CROSS)gcc $(TARGET_CFLAGS) $(mps2_CFLAGS_an386) $(TARGET_LDFLAGS) --oslib=semihost $^ -lm \
	    -Wl,--defsym=main=ut_main -Wl,--defsym=ut_ram_bytes=0x200000 -o $@
$(BUILD)/bench/host: $(addprefix $(BUILD)/host/,$(desk_SOURCES:.c=.o) $(BENCH) libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lm -lpthread
bench: $(BUILD)/bench/target.elf $(BUILD)/bench/host size ## instructions per hop on the Cortex-M4, against tests/budget.txt
	$(Q)$(M4_QEMU) -icount shift=7,sleep=off $(SEMIHOSTING),arg=bench,arg=$(BUILD)/speech.raw -kernel $< \
	    >$(BUILD)/bench/target.log 2>&1
	$(Q)$(BUILD)/bench/host --fast --link /dev/null $(BUILD)/speech.raw >$(BUILD)/bench/host.log 2>&1
	$(Q)$(PYTHON) tests/bench/report.py selfcheck >/dev/null
	$(Q)SHOW=1 $(RUN) -c $(PYTHON) tests/bench/report.py bench $(BUILD)/bench/target.log $(BUILD)/bench/host.log \
	    $(BUILD)/size.json $(BUILD)/bench.json \
	    $(foreach b,$(IMAGES),$(if $($(b)_HZ),$(b)=$($(b)_HZ)+$(or $($(b)_HOP_INSTRUCTIONS),0)))
cycles: $(BUILD)/mps2/undertone.elf $(BUILD)/speech.raw ## cycles per instruction by Arm's timings, from an instruction trace
	$(Q)$(PYTHON) tests/bench/cycles.py $^ $(CROSS)objdump

CORPORA ?= ../shared/corpora
ID ?= $(MODEL)
train: $(BUILD)/host/undertone | $(BUILD)/setup/train ## train, judge and write models/ID from CORPORA
	$(Q)$(PYTHON) -B -m models.train --tool $< --cache $(BUILD)/train --corpora $(CORPORA) --id $(ID)
train-speech: $(BUILD)/host/undertone | $(BUILD)/setup/train ## train dsp/speech_net.c from the first of CORPORA
	$(Q)$(PYTHON) -B models/train/speech.py $< $(firstword $(CORPORA)) dsp/speech_net.c
train-pitch: $(BUILD)/host/undertone | $(BUILD)/setup/train ## fit the voicing weights of dsp/pitch.c to a laryngograph, and print them
	$(Q)$(PYTHON) -B models/train/pitch.py $< $(firstword $(CORPORA))
train-pace: $(BUILD)/host/undertone | $(BUILD)/setup/train ## train dsp/pace_net.c to known counts from the first of CORPORA
	$(Q)$(PYTHON) -B models/train/pace.py $< $(firstword $(CORPORA)) dsp/pace_net.c
train-forecast: $(BUILD)/host/undertone | $(BUILD)/setup/train ## fit host-tools/cues/forecast.c to calls that grow angry
	$(Q)$(PYTHON) -B tests/eval/forecast.py --tool $< --corpora $(firstword $(CORPORA)) --fit host-tools/cues/forecast.c

EVAL = $(PYTHON) -B tests/eval/$*.py --tool $(BUILD)/host/undertone --corpora $(firstword $(CORPORA)) --out $(BUILD)/eval/$*.json
# After the pattern of the others, but for the corpora, which are those of training, and a check of its own means first.
eval-model: $(BUILD)/host/undertone | $(BUILD)/setup/train ## the network beside four baselines, float and int8; needs CORPORA
	$(Q)$(PYTHON) -B tests/models/test_judge.py
	$(Q)$(PYTHON) -B models/train/judge.py --tool $< --cache $(BUILD)/train --corpora $(CORPORA) \
	    --out $(BUILD)/eval/model.json $(ARGS)
eval-pitch: ## pitch against a laryngograph, beside Praat, SPTK, aubio where installed; needs CORPORA
eval-pace: ## syllables against known counts, beside the method of de Jong and Wempe; needs CORPORA
eval-speech: ## speech in noise, music and tones, beside the WebRTC VAD where installed; needs CORPORA
eval-rate: ## what 8 kHz files lose against 16 kHz; needs CORPORA
eval-forecast: ## the forecast behind rising_frustration, against "F is high now"; needs CORPORA
$(BUILD)/eval/webrtc_vad: tests/eval/webrtc_vad.c
	@mkdir -p $(@D)
	$(Q)! pkg-config --exists webrtc-audio-processing || $(CC) $(filter-out -MMD -MP,$(CFLAGS)) $< \
	    $$(pkg-config --libs webrtc-audio-processing) -o $@
eval-speech: $(BUILD)/eval/webrtc_vad
eval-pitch eval-pace eval-speech eval-rate eval-forecast: eval-%: $(BUILD)/host/undertone | $(BUILD)/setup/train
	$(Q)$(EVAL)

clean: ## remove what was built; fetched sources stay
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name third_party ! -name fetch ! -name setup \
	    -exec rm -rf {} + 2>/dev/null || true

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: FORCE help setup demo flash check host firmware desk all-boards built models-check \
    test-host test-asan test-m4 test-tools test-ble test-day endurance demo-ble house fuzz exact size bench cycles \
    train train-speech train-pitch train-pace train-forecast eval-model eval-pitch eval-pace eval-speech eval-rate eval-forecast clean
