# SPDX-License-Identifier: Apache-2.0
# The processors that boards have. NAME_CORE of a board is one of CORES: $(BUILD)/CORE holds what is compiled for it.
CORES := m3 m4 m7 m33 m55
# Those with the DSP extension.
DSP_CORES := m4 m7 m33 m55

# The same bytes wherever the source lies; of the two builds of the C library the one that copies more than a byte at
# a time.
TARGET_CFLAGS := -ffile-prefix-map=$(CURDIR)=. -O2 -mthumb -mfloat-abi=soft --specs=picolibc.specs \
    --picolibc-buildtype=release
# $(1) core
define core
$(1)_CC := $(CROSS)gcc
$(1)_AR := $(CROSS)ar
$(1)_FLAGS := $(TARGET_CFLAGS) -mcpu=cortex-$(1)
$(1)_CORE_FLAGS := -mgeneral-regs-only -Wstack-usage=2048
$(1)_KERNELS := $(if $(filter $(1),$(DSP_CORES)),_dsp)
$(call variant,$(1))
endef
$(foreach c,$(CORES),$(eval $(call core,$(c))))
# Updates wait for the flash and the link all the time: of their code size matters.
define small
$(addprefix $(BUILD)/$(1)/,firmware/update/%.o firmware/boot/%.o bearssl_sha2small.o): $(1)_CORE_FLAGS += -Os
endef
$(foreach c,$(CORES),$(eval $(call small,$(c))))
# The bootloader, of which size matters and not speed; all boards that have one are of this core.
boot_CC := $(CROSS)gcc
boot_AR := $(CROSS)ar
boot_FLAGS := $(patsubst -O2,-Os,$(TARGET_CFLAGS)) -mcpu=cortex-m4
boot_CORE_FLAGS := $(m4_CORE_FLAGS)
$(eval $(call variant,boot))
