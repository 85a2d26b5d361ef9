# SPDX-License-Identifier: Apache-2.0
# Undertone. `make help` lists the targets; everything made lands in $(BUILD). Here: the program, and how sources become
# objects. third_party.mk fetches, boards/boards.mk links images, host-tools/package/package.mk installs, tests/tests.mk
# judges, models/train/train.mk trains.
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
MODEL ?= u2
# Whole sets of fitted tables, folders of dsp, the one that may be sold first; and that which a model was trained on, of a new
# one the first. SPEC.md "Sets of tables".
TABLE_SETS := $(sort $(patsubst dsp/%/pace_net.c,%,$(wildcard dsp/*/pace_net.c)))
tables_of = $(or $(shell sed -n 's/^ \* tables *//p' models/$(1)/model.c 2>/dev/null),$(firstword $(TABLE_SETS)))
# $(1) variant, $(2) set
table_objects = $(addprefix $(BUILD)/$(1)/,$(patsubst %.c,%.o,$(wildcard dsp/$(2)/*.c)))
VERSION_FILE := VERSION
Q := $(if $(V),,@)

# %_dsp.c holds a kernel of %.c for cores with the DSP extension and takes its place there.
CORE := $(filter-out %_dsp.c,$(wildcard dsp/*.c dsp/$(call tables_of,$(MODEL))/*.c models/*.c models/$(MODEL)/*.c)) \
    $(filter-out %/main.c,$(wildcard firmware/*.c firmware/ble/*.c firmware/boot/*.c firmware/selftest/*.c firmware/update/*.c)) \
    $(wildcard boards/pdm/*.c)
KERNELS := $(patsubst %_dsp.c,%,$(wildcard dsp/*_dsp.c models/*_dsp.c))
POSTGRES ?= yes
WITHOUT_POSTGRES := $(if $(filter no,$(POSTGRES)),host-tools/system/postgres.c host-tools/serve/ledger_postgres.c)
TOOLS := $(filter-out $(WITHOUT_POSTGRES),$(wildcard host-tools/*/*.c))

include third_party.mk

CFLAGS := -std=c11 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion -Wvla -Wmissing-prototypes \
    -Werror -ffunction-sections -fdata-sections -MMD -MP
INCLUDES := -I. -I$(BUILD)/gen -isystem $(KISSFFT_DIR) -isystem $(BEARSSL_DIR)/inc -isystem $(BEARSSL_DIR)/src
PACKAGES := sndfile opus ogg libmpg123 samplerate portaudio-2.0 libpulse ncursesw inih jansson libserialport cairo libsystemd sqlite3 libcurl libmicrohttpd \
    libmosquitto libsodium gnutls libcbor $(if $(WITHOUT_POSTGRES),,libpq)
# Not expanded before a compile: on a fresh machine pkg-config comes with the set-up.
# One level of the system's functions for all of host-tools, instead of each package's own.
TOOLS_CFLAGS = $(if $(WITHOUT_POSTGRES),-DUT_NO_POSTGRES) -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 $(filter-out -D%,$(shell pkg-config --cflags $(PACKAGES)))
TOOLS_LIBS = $(shell pkg-config --libs $(PACKAGES)) -lm -lpthread

# A variant is a folder of $(BUILD) with the objects of one compiler and its flags. $(call variant,NAME) reads NAME_CC,
# NAME_AR, NAME_FLAGS, NAME_CORE_FLAGS (for dsp, models and firmware only) and NAME_KERNELS (_dsp where the core has the
# DSP extension).
define variant
$(BUILD)/$(1)/%.o: %.c $(BUILD)/gen/tables.c | $(BUILD)/gen/firmware/version.h $(BUILD)/gen/firmware/boot/keys.h \
    $(KISSFFT_DIR)/kiss_fft.c \
    $(BEARSSL_DIR)/inc/bearssl.h
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$(CFLAGS) $$(INCLUDES) $$(FFT) $$($(1)_FLAGS) \
	    $$(if $$(filter dsp/% models/% firmware/%,$$<),$$($(1)_CORE_FLAGS)) \
	    $$(if $$(findstring host-tools/,$$<),$$(TOOLS_CFLAGS)) -c $$< -o $$@
$(BUILD)/$(1)/tables.o: $(BUILD)/gen/tables.c
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$(CFLAGS) $$(INCLUDES) $$($(1)_FLAGS) -c $$< -o $$@
$(BUILD)/$(1)/kiss_%.o: | $(KISSFFT_DIR)/kiss_fft.c
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$(filter-out -W%,$$(CFLAGS)) -w $$(INCLUDES) $$(FFT) $$($(1)_FLAGS) \
	    -c $(KISSFFT_DIR)/kiss_$$*.c -o $$@
$(BUILD)/$(1)/bearssl_%.o: | $(BEARSSL_DIR)/inc/bearssl.h
	@mkdir -p $$(@D)
	$$(Q)$$($(1)_CC) $$(filter-out -W%,$$(CFLAGS)) -w $$(INCLUDES) $$($(1)_FLAGS) $$($(1)_CORE_FLAGS) \
	    -c $(BEARSSL_DIR)/src/*/$$*.c -o $$@
$(BUILD)/$(1)/libcore.a: $(addprefix $(BUILD)/$(1)/,$(filter-out $(KERNELS:=.o),$(CORE:.c=.o)) \
    $(KERNELS:=$$($(1)_KERNELS).o) tables.o kiss_fft.o $(BEARSSL:%=bearssl_%.o)) $(BUILD)/model.id third_party.mk
	@rm -f $$@
	$$(Q)$$($(1)_AR) rcs $$@ $$(filter %.o,$$^)
$(BUILD)/$(1)/host-tools/serve/floor_web.o: $(BUILD)/gen/host-tools/serve/floor_page.h
$(BUILD)/$(1)/host-tools/serve/ledger_postgres.o: $(BUILD)/gen/host-tools/serve/ledger_sql.h
$(BUILD)/$(1)/host-tools/reports/report_html.o: $(BUILD)/gen/host-tools/reports/report_page.h
$(BUILD)/$(1)/host-tools/desk/desk.o: $(BUILD)/gen/host-tools/desk/desk_page.h
$(BUILD)/$(1)/host-tools/trials/labelling.o: $(BUILD)/gen/host-tools/trials/label_page.h
$(BUILD)/$(1)/host-tools/cues/catalogue.o: $(BUILD)/gen/host-tools/cues/words.h
$(addprefix $(BUILD)/$(1)/,host-tools/commands/privacy.o host-tools/commands/topics.o tests/host-tools/commands/test_topics.o): $(BUILD)/gen/host-tools/call/event_titles.h
$(BUILD)/$(1)/host-tools/settings/model_use.o: $(BUILD)/gen/host-tools/settings/model_uses.h
$(BUILD)/$(1)/host-tools/headset/signer.o: $(BUILD)/gen/host-tools/headset/development_key.h
$(addprefix $(BUILD)/$(1)/host-tools/,headset/factory_image.o headset/flash_tool.o commands/flash.o): $(BUILD)/gen/host-tools/headset/flash_boards.h
# Rooms may hold files of one name: appended, since replacing goes by the name alone.
$(BUILD)/$(1)/libtools.a: $(addprefix $(BUILD)/$(1)/,$(TOOLS:.c=.o))
	@rm -f $$@
	$$(Q)$$($(1)_AR) qcs $$@ $$^
endef

host_CC := $(CC)
host_AR := ar
host_FLAGS := -O3
$(eval $(call variant,host))

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(filter-out %.d,$(MAKEFILE_LIST)) | \
	    awk -F'\t' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo "Variables: V=1 shows commands, BUILD=folder, MODEL=folder of models/, CORPORA=, MORE=folders with an index.tsv,"
	@echo "           ID=folder of models/ to train into, ONLY=names of corpora, ROUNDS= (train),"
	@echo "           BOARD=folder of boards/ to flash ($(FLASHED)); RADIO=sdc ($(ONE_CHIP)'s own radio, not the default uart);"
	@echo "           POSTGRES=no leaves out what needs libpq; KISSFFT_DIR=, BEARSSL_DIR=, CMOCKA_DIR= use a source already here."

demo: $(BUILD)/host/undertone $(BUILD)/mps2/undertone.elf ## a scripted call through the emulated headset, as live cues
	$(Q)$(PYTHON) host-tools/demo.py --undertone $(BUILD)/host/undertone --firmware $(BUILD)/mps2/undertone.elf \
	    --out $(BUILD)/demo

demo-floor: $(BUILD)/host/undertone $(BUILD)/mps2/undertone.elf | $(BUILD)/setup/check ## a broker, serve and three desks: a flag, its supervisor, pictures of both pages
	$(Q)$(PYTHON) -B host-tools/demo_floor.py --undertone $(BUILD)/host/undertone --firmware $(BUILD)/mps2/undertone.elf \
	    --out $(BUILD)/demo-floor

demo-loop: $(BUILD)/host/undertone ## cue, action, outcome, what cues changed on two generated sites, memory of a customer, forgotten
	$(Q)$(PYTHON) -B host-tools/demo_loop.py --undertone $(BUILD)/host/undertone --out $(BUILD)/demo-loop

host: $(BUILD)/host/undertone ## the program of the contact-centre side
$(BUILD)/host/undertone: $(addprefix $(BUILD)/host/,host-tools/main.o libtools.a libcore.a)
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $^ $(TOOLS_LIBS)

# Says which model is built in; its time changes only when another MODEL is asked for.
$(BUILD)/model.id: FORCE
	@mkdir -p $(@D)
	@echo $(MODEL) | cmp -s - $@ || echo $(MODEL) >$@
$(BUILD)/gen/tables.c: $(wildcard dsp/tables.py models/tables.py boards/pdm/tables.py) | $(BUILD)/setup/demo
	@rm -rf $(addprefix $(BUILD)/gen/,$(dir $^)) && mkdir -p $(addprefix $(BUILD)/gen/,$(patsubst %/tables.py,%,$^))
	$(Q)for script in $^; do $(PYTHON) $$script $(BUILD)/gen/$$(dirname $$script) || exit; done
	$(Q)cd $(BUILD)/gen && for f in dsp/*.c models/*.c boards/*/*.c; do [ ! -f $$f ] || echo "#include \"$$f\""; done >tables.c
$(BUILD)/gen/firmware/version.h: firmware/version.py $(VERSION_FILE) | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $^ $@
$(BUILD)/gen/host-tools/settings/model_uses.h: models/provenance.py $(wildcard models/*/*.c dsp/*/*.c) \
    dsp/speech_net.c dsp/doubt_net.c | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) -B $< header $@
$(BUILD)/gen/host-tools/call/event_titles.h: host-tools/call/event_titles.py host-tools/call/events.schema.json | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) -B $^ $@
$(BUILD)/gen/host-tools/cues/words.h: host-tools/cues/words.py $(addprefix host-tools/cues/,de.po fr.po es.po) | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) -B $< $@ $(filter %.po,$^)
$(BUILD)/gen/host-tools/reports/report_page.h: host-tools/reports/page.py host-tools/reports/report_page.html | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) $^ $@

$(BUILD)/gen/host-tools/desk/desk_page.h: $(addprefix host-tools/desk/page.,html css js)
$(BUILD)/gen/host-tools/trials/label_page.h: $(addprefix host-tools/,trials/label_page.html trials/label_page.js desk/page.css)
$(BUILD)/gen/host-tools/serve/floor_page.h: $(addprefix host-tools/serve/,$(addprefix floor_page.,html css js) login_page.html login_page.js openapi.json)
$(BUILD)/gen/host-tools/serve/ledger_sql.h: $(addprefix host-tools/serve/,ledger_postgres.sql ledger_postgres_2.sql ledger_postgres_3.sql ledger_postgres_4.sql)
$(addprefix $(BUILD)/gen/host-tools/,desk/desk_page.h trials/label_page.h serve/floor_page.h serve/ledger_sql.h): host-tools/system/web_files.py | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) host-tools/system/web_files.py $@ $(filter-out %.py,$^)

include boards/boards.mk host-tools/package/package.mk tests/tests.mk models/train/train.mk

clean: ## remove what was built; fetched sources stay
	$(Q)find $(BUILD) -mindepth 1 -maxdepth 1 ! -name third_party ! -name fetch ! -name setup \
	    -exec rm -rf {} + 2>/dev/null || true

FORCE:
.PHONY: FORCE help demo demo-floor demo-loop host clean
-include $(shell find $(BUILD) -path $(BUILD)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)
