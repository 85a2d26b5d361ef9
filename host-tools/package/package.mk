# SPDX-License-Identifier: Apache-2.0
# The program as people get it: man pages, completion, udev rules and settings beside it, laid out once in $(STAGE) and
# copied from there. Nothing here lists commands: the program is asked for them.
DESTDIR ?=
PREFIX ?= /usr/local
ZSH_COMPLETION ?= share/zsh/site-functions

# The program's own words about its commands and topics, dated by the last change.
EPOCH := $(or $(SOURCE_DATE_EPOCH),$(shell sed -n 's/^date //p' RELEASE 2>/dev/null))
MAN_DATE ?= $(or $(if $(EPOCH),$(shell date -u -d @$(EPOCH) +%F)),$(shell git log -1 --format=%cs 2>/dev/null),\
    $(shell date -u -r $(VERSION_FILE) +%F))
man: $(BUILD)/man/undertone.1 ## the manual's pages: man -l build/man/undertone-live.1
$(BUILD)/man/undertone.1: $(BUILD)/host/undertone
	@rm -rf $(@D) && mkdir -p $(@D)
	$(Q)set -e; pages=$$($< help --pages); echo "$$pages" | while read -r word page; do \
	    $< help --man $$word >$(@D)/$$page.new; sed '1s/ "" / "$(MAN_DATE)" /' $(@D)/$$page.new >$(@D)/$$page; rm $(@D)/$$page.new; done
completion: $(addprefix $(BUILD)/completion/undertone.,bash zsh fish) ## what completes its command lines in three shells
$(BUILD)/completion/undertone.%: $(BUILD)/host/undertone
	@mkdir -p $(@D)
	$(Q)$< help --completion $* >$@
$(BUILD)/package/70-undertone.rules: host-tools/package/udev.py host-tools/headset/usb_probes.c
	@mkdir -p $(@D)
	$(Q)$(PYTHON) -B $^ $@

# $(STAGE)/prefix goes below PREFIX, $(STAGE)/etc to /etc/undertone, where the program looks.
STAGE := $(BUILD)/stage
MAN_SECTIONS := 1 5 7
PACKS := $(wildcard host-tools/package/packs/*.ini)
STAGED := $(BUILD)/host/undertone $(BUILD)/man/undertone.1 $(addprefix $(BUILD)/completion/undertone.,bash zsh fish) \
    $(BUILD)/package/70-undertone.rules host-tools/package/undertone.ini README.md LICENSE $(PACKS)
$(STAGE)/done: $(STAGED) FORCE
	@rm -rf $(@D) && mkdir -p $(@D)/etc $(addprefix $(@D)/prefix/,bin lib/udev/rules.d $(ZSH_COMPLETION) $(MAN_SECTIONS:%=share/man/man%) share/doc/undertone share/undertone/packs \
	    share/bash-completion/completions share/fish/vendor_completions.d)
	$(Q)cp $< $(@D)/prefix/bin && $(foreach s,$(MAN_SECTIONS),cp $(BUILD)/man/*.$(s) $(@D)/prefix/share/man/man$(s) &&) true
	$(Q)cp $(BUILD)/completion/undertone.bash $(@D)/prefix/share/bash-completion/completions/undertone
	$(Q)cp $(BUILD)/completion/undertone.zsh $(@D)/prefix/$(ZSH_COMPLETION)/_undertone
	$(Q)cp $(BUILD)/completion/undertone.fish $(@D)/prefix/share/fish/vendor_completions.d
	$(Q)cp $(BUILD)/package/70-undertone.rules $(@D)/prefix/lib/udev/rules.d
	$(Q)cp $(PACKS) $(@D)/prefix/share/undertone/packs
	$(Q)cp README.md LICENSE $(@D)/prefix/share/doc/undertone && cp host-tools/package/undertone.ini $(@D)/etc && touch $@
install: $(STAGE)/done ## the program and what belongs to it: PREFIX=/usr/local, DESTDIR= for packagers
	$(Q)host-tools/package/install.sh add $(STAGE) '$(DESTDIR)' '$(PREFIX)'
uninstall: $(STAGE)/done ## remove what install put there, but not settings that were changed
	$(Q)host-tools/package/install.sh remove $(STAGE) '$(DESTDIR)' '$(PREFIX)'
# In a folder of their own, from the source that git knows; BUILD does not matter to what is in them.
deb: $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h | $(BUILD)/setup/package ## Debian packages of the program, its services, the firmware: build/deb
	$(Q)host-tools/package/deb.sh $(BUILD)/deb $(KISSFFT_DIR) $(BEARSSL_DIR)
# Needs root and a package mirror; the call is the demo's.
MEASURED_PACKAGE ?=
test-package: deb demo host ## the packages by linters, and in a fresh Debian: installed, run, upgraded, purged
	$(Q)if [ "$$(id -u)" != 0 ]; then $(RUN) -s "needs root" -- tests/host-tools/package/chroot.py; else \
	SHOW=1 TEST_TIMEOUT=3600 $(RUN) -c $(PYTHON) -B tests/host-tools/package/chroot.py $(BUILD)/deb $(BUILD)/demo/call.wav \
	    $(BUILD)/host/undertone $(KISSFFT_DIR) $(BEARSSL_DIR) $(if $(MEASURED_PACKAGE),--measured $(MEASURED_PACKAGE)); fi
test-boot: deb | $(BUILD)/setup/coverage ## the packages' services as systemd starts them, in an emulated PC
	$(Q)if [ "$$(id -u)" != 0 ]; then $(RUN) -s "needs root" -- tests/host-tools/package/booted.py; else \
	SHOW=1 TEST_TIMEOUT=3600 $(RUN) -c $(PYTHON) -B tests/host-tools/package/booted.py $(BUILD)/deb; fi
# MIRROR is needed for what is not Debian.
RELEASE ?= trixie
MIRROR ?=
test-elsewhere: demo host ## packages built, installed and run in a fresh RELEASE (trixie), from MIRROR
	$(Q)if [ "$$(id -u)" != 0 ]; then $(RUN) -s "needs root" -- tests/host-tools/package/elsewhere.py; else \
	SHOW=1 TEST_TIMEOUT=7200 $(RUN) -c $(PYTHON) -B tests/host-tools/package/elsewhere.py $(BUILD)/demo/call.wav \
	    $(BUILD)/host/undertone $(KISSFFT_DIR) $(BEARSSL_DIR) $(RELEASE) $(MIRROR); fi
DIST_PYTHON := $(BUILD)/dist-python/bin/python
DIST_ENVIRONMENT = $(PYTHON) -B tests/ble/environment.py $(BUILD)/dist-python host-tools/package/requirements.txt
# SIGN_KEY=FILE, a secret key of minisign, signs it.
dist: $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h | $(BUILD)/setup/package ## a release of HEAD: source archive, packages, list of parts, checksums: build/dist
	$(Q)$(DIST_ENVIRONMENT)
	$(Q)SIGN_KEY='$(SIGN_KEY)' host-tools/package/dist.sh $(BUILD)/dist $(abspath $(DIST_PYTHON)) $(KISSFFT_DIR) $(BEARSSL_DIR)
test-dist: $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h | $(BUILD)/setup/package ## a release: signed, unpacked, built from its archive to the same bytes
	$(Q)code=0; $(DIST_ENVIRONMENT) || code=$$?; \
	if [ $$code = 3 ]; then $(RUN) -s "pip reaches no package index" -- tests/host-tools/package/release.py; else \
	SHOW=1 TEST_TIMEOUT=3600 $(RUN) -c $(PYTHON) -B tests/host-tools/package/release.py $(DIST_PYTHON) $(KISSFFT_DIR) $(BEARSSL_DIR); fi
MEASURED_REPRODUCIBLE ?=
test-reproducible: $(KISSFFT_DIR)/kiss_fft.c $(BEARSSL_DIR)/inc/bearssl.h | $(BUILD)/setup/package ## packages and unsigned images from two clones of HEAD: the same bytes
	$(Q)SHOW=1 TEST_TIMEOUT=3600 $(RUN) -c $(PYTHON) -B tests/host-tools/package/reproduce.py $(KISSFFT_DIR) $(BEARSSL_DIR) \
	    $(if $(MEASURED_REPRODUCIBLE),--measured $(MEASURED_REPRODUCIBLE))
docs: demo demo-floor | $(BUILD)/setup/docs ## the first hour's pages with pictures of the program as it is: build/docs/index.html
	$(Q)docs/first-hour/pages.py $(BUILD)/docs $(BUILD)/demo $(BUILD)/demo-floor
	$(Q)docs/spec/figures.py docs/spec
.PHONY: docs man completion install uninstall deb dist test-package test-boot test-elsewhere test-reproducible test-dist
