# SPDX-License-Identifier: Apache-2.0
# What the project takes in: Debian packages by tests/setup.sh, sources of other projects by their digests.
KISSFFT_DIR ?= $(BUILD)/third_party/kissfft
CMOCKA_DIR ?= $(BUILD)/third_party/cmocka
BEARSSL_DIR ?= $(BUILD)/third_party/bearssl
FFT := -DFIXED_POINT=16 -DNDEBUG -DKISS_FFT_USE_ALLOCA
# Constant-time AES; SHA-256; HMAC for the host tool; ECDSA for the bootloader. The pairing takes the curve's source into
# firmware/ble/p256.c.
BEARSSL := aes_ct aes_ct_enc aes_ct_cbcenc ccopy dec32le sha2small dec32be enc32be hmac ec_p256_m31 $(addprefix ec_secp,256r1 384r1 521r1) \
    ecdsa_i31_vrfy_asn1 ecdsa_i31_vrfy_raw ecdsa_i31_bits ecdsa_atr \
    $(addprefix i31_,add bitlen decmod decode decred encode fmont iszero modpow montmul muladd ninv31 rshift sub tmont) \
    i32_div32

setup: $(BUILD)/setup/check ## install packages and fetch sources for everything but training
setup: $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h $(CMOCKA_DIR)/src/cmocka.c

$(BUILD)/setup/%: tests/setup.sh
	@mkdir -p $(@D)
	$(Q)POSTGRES=$(POSTGRES) tests/setup.sh $*
	@touch $@

FETCH = $(Q)$(PYTHON) tests/fetch.py
$(BUILD)/third_party/kissfft/kiss_fft.c: | $(BUILD)/setup/demo
	$(FETCH) kissfft kissfft_131.1.0.orig.tar.gz \
	    76c1aac87ddb7258f34b08a13f0eebf9e53afa299857568346aa5c82bcafaf1a $(@D) $(BUILD)/fetch
# One after the other, because they would lock the same package lists.
$(BUILD)/third_party/bearssl/inc/bearssl.h: | $(BUILD)/setup/demo $(KISSFFT_DIR)/kiss_fft.c
	$(FETCH) bearssl bearssl_0.6+dfsg.1.orig.tar.xz \
	    102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004 $(BUILD)/third_party/bearssl $(BUILD)/fetch
$(BUILD)/third_party/cmocka/src/cmocka.c: | $(BUILD)/setup/check $(BEARSSL_DIR)/inc/bearssl.h
	$(FETCH) cmocka cmocka_1.1.5.orig.tar.xz \
	    f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6 $(BUILD)/third_party/cmocka $(BUILD)/fetch
# Nordic's SoftDevice Controller and MPSL, static libraries and headers, for RADIO=sdc alone: no other target fetches them.
SDC_DIR ?= $(BUILD)/third_party/nrf-sdc-sys
MPSL_DIR ?= $(BUILD)/third_party/nrf-mpsl-sys
FETCH_SDC = $(PYTHON) tests/fetch_crate.py nrf-sdc-sys 0.3.0 \
    974a5010cc3a61b43e82ee6f9a2bfd80d894c8720dad08b87376f8a3048c1ecf $(SDC_DIR) $(BUILD)/fetch/crates
FETCH_MPSL = $(PYTHON) tests/fetch_crate.py nrf-mpsl-sys 0.3.0 \
    f7e0f91bc35e6d8192106f8d2c24be600e97769024e82f1babc6b4fd5b7b8995 $(MPSL_DIR) $(BUILD)/fetch/crates
SDC_LIBRARY := $(SDC_DIR)/third_party/nordic/nrfxlib/softdevice_controller/lib/nrf52/soft-float/libsoftdevice_controller_peripheral.a
MPSL_LIBRARY := $(addprefix $(MPSL_DIR)/third_party/nordic/nrfxlib/mpsl/,fem/common/lib/nrf52/soft-float/libmpsl_fem_common.a \
    lib/nrf52/soft-float/libmpsl.a)
SDC_LICENCE := $(SDC_DIR)/third_party/nordic/nrfxlib/LICENSE
SDC_INCLUDES := -DNRF52840_XXAA $(addprefix -isystem ,$(SDC_DIR)/third_party/nordic/nrfxlib/softdevice_controller/include \
    $(addprefix $(MPSL_DIR)/,third_party/arm/CMSIS_5/CMSIS/Core/Include $(addprefix third_party/nordic/,nrfxlib/mpsl/include \
    nrfx nrfx/bsp/stable nrfx/bsp/stable/mdk nrfx/templates))) -idirafter $(MPSL_DIR)/include
$(SDC_LIBRARY) $(SDC_LICENCE) &:
	$(Q)$(FETCH_SDC)
$(MPSL_LIBRARY) &: | $(SDC_LIBRARY)
	$(Q)$(FETCH_MPSL)
.PHONY: setup
