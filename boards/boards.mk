# SPDX-License-Identifier: Apache-2.0
# The headset's images. A board is a folder with a board.mk; with a link.ld it is an image for a processor. Folders
# without are parts of boards, which name their sources in a part.mk.
BOARDS := $(patsubst boards/%/board.mk,%,$(wildcard boards/*/board.mk))
IMAGES := $(patsubst boards/%/link.ld,%,$(wildcard boards/*/link.ld))
BOARD ?= stm32f4-discovery
include boards/cortexm/cores.mk $(wildcard boards/*/part.mk) $(BOARDS:%=boards/%/board.mk)

# What `undertone flash` needs to know: NAME_ID and NAME_FLASH_* of every board.mk, which flash_boards.py explains.
FLASH_BOARDS := $(BUILD)/gen/host-tools/headset/flash_boards.h
FLASHED := $(strip $(foreach b,$(IMAGES),$(if $(filter none,$($(b)_FLASH_TOOLS)),,$(b))))
comma := ,
define newline


endef
# Make expands a recipe before it runs any of it: the folder is made while it does.
$(BUILD)/flash_boards.txt: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(foreach b,$(IMAGES),$(b)$(newline)$(foreach v,$(sort $(filter $(b)_ID $(b)_FLASH_%,$(.VARIABLES))),\
	    $(b) $(v:$(b)_%=%)=$($(v))$(newline))))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(FLASH_BOARDS): host-tools/headset/flash_boards.py $(BUILD)/flash_boards.txt | $(BUILD)/setup/demo
	$(Q)$(PYTHON) $^ $@

firmware: $(BUILD)/mps2/undertone.elf ## the image of the emulated headset
desk: $(BUILD)/desk/undertone-desk ## the headset as a Linux process
all-boards: desk $(FLASH_BOARDS) $(IMAGES:%=$(BUILD)/%/undertone.bin) ## the image of every board
flash: $(BUILD)/host/undertone $(BUILD)/$(BOARD)/undertone.bin ## write BOARD's image through a debug probe: PROBE=serial, FLASH=--port ...
	$(Q)$< flash $(BUILD)/$(BOARD)/undertone.bin --board $(BOARD) $(if $(PROBE),--probe $(PROBE)) $(FLASH)

LDFLAGS_OF = -nostartfiles -T boards/$(1)/link.ld -Wl,--gc-sections

# $(1) board, $(2) image, $(3) its sources besides those of the device, $(4) where it lies if not where its link.ld says;
# NAME_CORE is its processor
define image
$(BUILD)/$(1)/$(2).elf $(BUILD)/$(1)/$(2).bin &: boards/$(1)/link.ld boards/cortexm/sections.ld boards/image.py $(BUILD)/revision \
    $(addprefix $(BUILD)/$($(1)_CORE)/,$(3:.c=.o) firmware/main.o libcore.a)
	@mkdir -p $$(@D)
	$$(Q)$(CROSS)gcc $($($(1)_CORE)_FLAGS) $(call LDFLAGS_OF,$(1)) $(4) \
	    $$(filter %.o %.a,$$^) -lm -Wl,-u,ut_image -Wl,--defsym=main=ut_main \
	    -Wl,-Map=$(BUILD)/$(1)/$(2).map -o $(BUILD)/$(1)/$(2).elf
	$$(Q)$(PYTHON) boards/image.py $(BUILD)/$(1)/$(2).elf "$$$$(cat $(BUILD)/revision)" "$($(1)_ID)"
endef
$(foreach b,$(IMAGES),$(if $(filter $($(b)_CORE),$(CORES)),,\
    $(error boards/$(b)/board.mk: $(b)_CORE is "$($(b)_CORE)", not one of $(CORES))))
$(foreach b,$(IMAGES),$(eval $(call image,$(b),undertone,$($(b)_SOURCES))))
# For emulators without the board's converters: tests/boards/NAME/audio.c takes the place of boards/NAME/audio.c.
EMULATED := $(patsubst tests/boards/%/audio.c,%,$(wildcard $(IMAGES:%=tests/boards/%/audio.c)))
$(foreach b,$(EMULATED),$(eval \
    $(call image,$(b),emulated,$(filter-out %/audio.c,$($(b)_SOURCES)) tests/boards/$(b)/audio.c)))

# One chip instead of two: RADIO=sdc links Nordic's SoftDevice Controller, which is fetched then, into images of the board's folder
# that are named one-chip. It never ran on silicon, so the default stays a controller of its own on a UART, and the build says so.
RADIO ?= uart
ONE_CHIP := nrf52840-dk
ifneq ($(filter-out uart sdc,$(RADIO)),)
$(error RADIO=$(RADIO): uart or sdc)
endif
ifeq ($(RADIO),sdc)
ifneq ($(BOARD),$(ONE_CHIP))
$(error RADIO=sdc is for BOARD=$(ONE_CHIP))
endif
one-chip_SOURCES := boards/$(ONE_CHIP)/pins.c $(nrf52840_SDC) $(nrf52840_CHIP) $(cortexm_SOURCES)
$(foreach v,m4 host asan,$(addprefix $(BUILD)/$(v)/,$(nrf52840_SDC:.c=.o) tests/boards/nrf52840/sdc/sdc_double.o \
    $(patsubst %.c,%.o,$(wildcard tests/boards/nrf52840/sdc/test_*.c)))): INCLUDES += $(SDC_INCLUDES)
$(foreach v,m4 host asan,$(addprefix $(BUILD)/$(v)/,$(nrf52840_SDC:.c=.o))): | $(SDC_LIBRARY) $(MPSL_LIBRARY)
# What weak names would leave in the library.
MPSL_HANDLERS := $(patsubst %,-Wl$(comma)-u$(comma)MPSL_IRQ_%_Handler,CLOCK RADIO TIMER0 RTC0)
endif

# A release: the same firmware linked for either slot behind the bootloader, NAME_SLOTS, and signed. A slot holds SLOT_BYTES,
# of which the signed image's header takes the first and its signature and the trailer the last.
SLOTTED := $(foreach b,$(IMAGES),$(if $($(b)_SLOTS),$(b)))
SLOT_HEADER := 0x200
SLOT_CODE := 0x3F800
# -n: without it the ELF's own header would lie in front of the code, where that does not begin at a page of 64 KB.
IN_SLOT = -Wl,-n -Wl,--defsym=ut_code_origin=$(1)+$(SLOT_HEADER) -Wl,--defsym=ut_code_bytes=$(SLOT_CODE)
$(foreach b,$(SLOTTED),$(eval $(call image,$(b),slot-a,$($(b)_SOURCES),$(call IN_SLOT,$(word 1,$($(b)_SLOTS))))) \
    $(eval $(call image,$(b),slot-b,$($(b)_SOURCES),$(call IN_SLOT,$(word 2,$($(b)_SLOTS))))))
ifeq ($(RADIO),sdc)
ONE_CHIP_IMAGES := one-chip one-chip-a one-chip-b
$(eval $(call image,$(ONE_CHIP),one-chip,$(one-chip_SOURCES),$(MPSL_HANDLERS)))
$(eval $(call image,$(ONE_CHIP),one-chip-a,$(one-chip_SOURCES),$(MPSL_HANDLERS) $(call IN_SLOT,$(word 1,$($(ONE_CHIP)_SLOTS)))))
$(eval $(call image,$(ONE_CHIP),one-chip-b,$(one-chip_SOURCES),$(MPSL_HANDLERS) $(call IN_SLOT,$(word 2,$($(ONE_CHIP)_SLOTS)))))
$(foreach i,$(ONE_CHIP_IMAGES),$(BUILD)/$(ONE_CHIP)/$(i).elf $(BUILD)/$(ONE_CHIP)/$(i).bin): $(SDC_LIBRARY) $(MPSL_LIBRARY)
$(BUILD)/$(ONE_CHIP)/one-chip.update: $(BUILD)/$(ONE_CHIP)/one-chip-a.bin $(BUILD)/$(ONE_CHIP)/one-chip-b.bin boards/release.py $(BUILD)/signer.id
	$(Q)$(PYTHON) boards/release.py sign $@ $(KEY) $(COUNTER) $(filter %.bin,$^)
# Its licence asks that its text goes with the image, unless that is in a Nordic chip.
$(BUILD)/$(ONE_CHIP)/one-chip.LICENCE: $(SDC_LIBRARY)
	@mkdir -p $(@D) && cp $(SDC_LICENCE) $@
firmware: $(foreach i,$(ONE_CHIP_IMAGES),$(BUILD)/$(ONE_CHIP)/$(i).bin) $(addprefix $(BUILD)/$(ONE_CHIP)/,one-chip.update one-chip.LICENCE)
	@echo "$(ONE_CHIP): RADIO=sdc, the chip's own radio: linked and checked against a double, never run on silicon; the default is RADIO=uart"
endif
# The development key is published: whoever makes headsets for others signs with a KEY of their own, or by digest
# (boards/release.py), and gives the bootloader its public part as KEYS. COUNTER: releases with a lower one are refused
# by a headset that has run this one.
KEY ?= boards/development.pem
COUNTER ?= 0
KEYS ?= boards/development.pem
# Which keys and counter are built in: the times of these files change only when others are asked for. A key counts by what
# is in its file, which may be older than what was built; no rule names it, since one of a pattern is left out in silence
# where a file is missing.
$(BUILD)/signer.id: ASKED = $(KEY)
$(BUILD)/signer.id: ASKED_COUNTER = $(COUNTER)
$(BUILD)/keys.id: ASKED = $(KEYS)
$(BUILD)/signer.id $(BUILD)/keys.id: FORCE
	@mkdir -p $(@D)
	@echo $(ASKED_COUNTER) >$@.new; for key in $(ASKED); do sha256sum <"$$key" >>$@.new || exit; done
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/gen/firmware/boot/keys.h: boards/keys.py $(BUILD)/keys.id | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) boards/keys.py $@ $(KEYS)
# By which the program knows the published key from others.
$(BUILD)/gen/host-tools/headset/development_key.h: boards/keys.py boards/development.pem | $(BUILD)/setup/demo
	@mkdir -p $(@D)
	$(Q)$(PYTHON) boards/keys.py $@ boards/development.pem
$(BUILD)/%/undertone.update: $(BUILD)/%/slot-a.bin $(BUILD)/%/slot-b.bin boards/release.py $(BUILD)/signer.id
	$(Q)$(PYTHON) boards/release.py sign $@ $(KEY) $(COUNTER) $(filter %.bin,$^)
# What tests a unit at the factory: an image of its own for slot B, beside the firmware in slot A.
define selftest
$(BUILD)/$(1)/selftest.elf $(BUILD)/$(1)/selftest.bin &: boards/$(1)/link.ld boards/cortexm/sections.ld boards/image.py $(BUILD)/revision \
    $(addprefix $(BUILD)/$($(1)_CORE)/,$($(1)_SOURCES:.c=.o) firmware/selftest/main.o libcore.a)
	@mkdir -p $$(@D)
	$$(Q)$(CROSS)gcc $($($(1)_CORE)_FLAGS) $(call LDFLAGS_OF,$(1)) $(call IN_SLOT,$(word 2,$($(1)_SLOTS))) \
	    $$(filter %.o %.a,$$^) -lm -Wl,-u,ut_image -Wl,--defsym=main=ut_main \
	    -Wl,-Map=$(BUILD)/$(1)/selftest.map -o $(BUILD)/$(1)/selftest.elf
	$$(Q)$(PYTHON) boards/image.py $(BUILD)/$(1)/selftest.elf "$$$$(cat $(BUILD)/revision)" "$($(1)_ID)"
endef
$(foreach b,$(SLOTTED),$(eval $(call selftest,$(b))))
$(BUILD)/%/selftest.update: $(BUILD)/%/selftest.bin boards/release.py $(BUILD)/signer.id
	$(Q)$(PYTHON) boards/release.py sign $@ $(KEY) $(COUNTER) $(filter %.bin,$^)
# The bootloader lies at the beginning of flash and runs the release of its choice; an image of its own, but without the
# device's sources.
BOOT_SOURCES := $(wildcard firmware/boot/*.c)
define bootloader
$(BUILD)/$(1)/boot.elf $(BUILD)/$(1)/boot.bin &: boards/$(1)/link.ld boards/cortexm/sections.ld \
    $(addprefix $(BUILD)/boot/,$($(1)_BOOT:.c=.o) $(BOOT_SOURCES:.c=.o) $(BEARSSL:%=bearssl_%.o))
	@mkdir -p $$(@D)
	$$(Q)$(CROSS)gcc $(boot_FLAGS) $(call LDFLAGS_OF,$(1)) -Wl,--defsym=ut_code_bytes=0x4000 -Wl,--defsym=ut_stack_bytes=0xC00 \
	    $$(filter %.o,$$^) -Wl,--defsym=main=ut_main -Wl,-Map=$(BUILD)/$(1)/boot.map -o $(BUILD)/$(1)/boot.elf
	$$(Q)$(CROSS)objcopy -O binary $(BUILD)/$(1)/boot.elf $(BUILD)/$(1)/boot.bin
endef
BOOTED := $(foreach b,$(SLOTTED),$(if $($(b)_BOOT),$(b)))
$(foreach b,$(BOOTED),$(eval $(call bootloader,$(b))))
bootloader: $(BOOTED:%=$(BUILD)/%/boot.elf) ## each board's bootloader, which takes releases of KEYS (development)
factory: bootloader release $(SLOTTED:%=$(BUILD)/%/selftest.update) ## what `undertone provision` writes to each board: KEY=, KEYS=, COUNTER= as above
release: $(SLOTTED:%=$(BUILD)/%/undertone.update) ## each board's signed update: KEY= (development), COUNTER=0

$(BUILD)/desk/undertone-desk: $(addprefix $(BUILD)/host/,$(desk_SOURCES:.c=.o) firmware/main.o libcore.a)
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $^ -lm -lpthread

# The source's revision: that of a release's archive, else that of git, unless it is given; the file changes only when it does.
REVISION ?= $(or $(shell sed -n 's/^revision //p' RELEASE 2>/dev/null),$(shell git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null),unknown)
$(BUILD)/revision: FORCE
	@mkdir -p $(@D) && echo "$(REVISION)" | cmp -s - $@ || echo "$(REVISION)" >$@
.PHONY: firmware desk all-boards flash release bootloader factory
