# SPDX-License-Identifier: Apache-2.0
# Training and evaluation, for whoever has recordings: CORPORA is a folder with an index.tsv, or several.
# MORE is a folder of such folders, or several; a model is trained on both, and judged on what it has not met.
CORPORA ?= ../shared/corpora
MORE ?= ../shared/more
ID ?= $(MODEL)
OUT ?= models
SEEDS ?= 2 3
TABLES ?= $(call tables_of,$(ID))
MEASURED ?= docs/measured
FOLDERS = $(foreach d,$(1),$(if $(wildcard $(d)/index.tsv),$(d),$(patsubst %/index.tsv,%,$(sort $(wildcard $(d)/*/index.tsv)))))
# numpy and torch take no instructions beyond those of net.c (net.py), so that they round alike on every processor.
ALIKE := ATEN_CPU_CAPABILITY=avx2 DNNL_MAX_CPU_ISA=AVX2 NPY_DISABLE_CPU_FEATURES="AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
train: $(BUILD)/gen/tables.c $(KISSFFT_DIR)/kiss_fft.c | $(BUILD)/setup/train ## train, judge and write models/ID from CORPORA and MORE; ONLY= names corpora, ROUNDS= how long
	$(Q)KISSFFT_DIR=$(KISSFFT_DIR) $(ALIKE) $(PYTHON) -B -m models.train --build $(BUILD) --id $(ID) --out $(OUT) --tables $(TABLES) --seed $(SEED) $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	    --corpora $(or $(call FOLDERS,$(CORPORA) $(MORE)),$(CORPORA))
train-explanation: $(BUILD)/gen/tables.c $(KISSFFT_DIR)/kiss_fft.c | $(BUILD)/setup/train ## fit what models/ID says of its reasons once more, its weights as they are
	$(Q)KISSFFT_DIR=$(KISSFFT_DIR) $(ALIKE) $(PYTHON) -B -m models.train --build $(BUILD) --id $(ID) --only-explain \
	    --corpora $(or $(call FOLDERS,$(CORPORA) $(MORE)),$(CORPORA))
train-speech: $(BUILD)/host/undertone | $(BUILD)/setup/train ## train dsp/speech_net.c from the first of CORPORA
	$(Q)$(PYTHON) -B models/train/speech.py $< $(firstword $(CORPORA)) dsp/speech_net.c
train-doubt: $(BUILD)/host/undertone eval-silero | $(BUILD)/setup/notvoice ## train dsp/doubt_net.c from the first of CORPORA and Debian's music: half an hour
	$(Q)$(PYTHON) -B tests/eval/music.py $(BUILD)/eval/music
	$(Q)$(PYTHON) -B models/train/doubt.py $< $(firstword $(CORPORA)) $(BUILD)/eval dsp/doubt_net.c
train-pitch: $(BUILD)/tables/research/undertone | $(BUILD)/setup/train ## fit dsp/research/pitch_table.c to a laryngograph
	$(Q)$(PYTHON) -B models/train/pitch.py $< $(firstword $(CORPORA)) dsp/research/pitch_table.c
train-open-pitch: $(BUILD)/gen/tables.c $(KISSFFT_DIR)/kiss_fft.c | $(BUILD)/setup/train ## fit dsp/open/pitch_table.c to what may be sold, labelled by SwiftF0: half an hour
	$(Q)$(PYTHON) -B tests/ble/environment.py $(BUILD)/train/swift_f0 models/train/requirements.txt
	$(Q)KISSFFT_DIR=$(KISSFFT_DIR) $(PYTHON) -B models/train/open_pitch.py $(BUILD) $(BUILD)/train/swift_f0/bin/python \
	    dsp/open/pitch_table.c $(call FOLDERS,$(CORPORA) $(MORE))
train-pace: $(BUILD)/gen/tables.c $(KISSFFT_DIR)/kiss_fft.c | $(BUILD)/setup/train ## train dsp/TABLES/pace_net.c to known counts from the first of CORPORA; TABLES=research, open
	$(Q)KISSFFT_DIR=$(KISSFFT_DIR) $(PYTHON) -B models/train/pace.py $(BUILD) $(firstword $(CORPORA)) $(TABLES) dsp/$(TABLES)/pace_net.c
train-forecast: $(BUILD)/models/$(ID)/undertone | $(BUILD)/setup/train ## fit models/ID/forecast.c to calls that grow angry; ONLY= names corpora
	$(Q)$(PYTHON) -B tests/eval/forecast.py --tool $< --corpora $(call FOLDERS,$(CORPORA) $(MORE)) --only $(or $(ONLY),ravdess emodb) \
	    --fit models/$(ID)/forecast.c
demo-voices: $(BUILD)/host/undertone | $(BUILD)/setup/train ## a realistic call from the recordings of CORPORA, with its report page; SEED=
	$(Q)rm -rf $(BUILD)/demo-voices && mkdir -p $(BUILD)/demo-voices
	$(Q)$(PYTHON) -B models/train/demo_voices.py --tool $< --corpora $(CORPORA) --model models/$(MODEL) \
	    --seed $(SEED) --out $(BUILD)/demo-voices

# The program with one set of tables, whatever the model: what evaluates and trains the front end.
$(BUILD)/tables/%/undertone: $(BUILD)/host/host-tools/main.o $(BUILD)/host/libtools.a $(BUILD)/host/libcore.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(host_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(TOOLS_LIBS)
$(foreach t,research open,$(eval $(BUILD)/tables/$(t)/undertone: $(call table_objects,host,$(t))))
EVAL = $(PYTHON) -B tests/eval/$*.py --tool $(BUILD)/tables/$(TABLES)/undertone --corpora $(firstword $(CORPORA)) --out $(BUILD)/eval/$*.json
# After the pattern of the others, but for the corpora, and a check of its own means first: every model on voices that it
# has not met, the reasons that it names, then beside baselines on the speakers kept.
eval-model: $(MODELS:%=$(BUILD)/models/%/undertone) | $(BUILD)/setup/train ## models on clips and calls, the network beside four baselines; needs CORPORA, MORE
	$(Q)$(PYTHON) -B tests/models/test_judge.py
	$(Q)$(PYTHON) -B tests/models/test_protocols.py $(BUILD)/models
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B models/train/protocols.py --tools $(BUILD)/models --corpora $(CORPORA) $(MORE) --build $(BUILD)/eval/calls \
	    --out $(BUILD)/eval/protocols.json --table $(MEASURED)/protocols.md
	$(Q)KISSFFT_DIR=$(KISSFFT_DIR) $(PYTHON) -B models/train/explained.py --build $(BUILD) \
	    --corpora $(or $(call FOLDERS,$(CORPORA) $(MORE)),$(CORPORA)) --table $(MEASURED)/explanation.md
	$(Q)KISSFFT_DIR=$(KISSFFT_DIR) $(PYTHON) -B models/train/judge.py --build $(BUILD) \
	    --corpora $(or $(call FOLDERS,$(CORPORA) $(MORE)),$(CORPORA)) --out $(BUILD)/eval/model.json --table $(MEASURED)/baselines.md
# The recipe is what the model's header says of it; a fit that was made before is taken from $(BUILD)/train.
said_of = $(shell sed -n 's/^ \* $(2).*/\1/p' models/$(1)/model.c 2>/dev/null)
eval-seeds: $(BUILD)/models/$(ID)/undertone | $(BUILD)/setup/train ## the recipe of ID with SEEDS (2 3) trained below BUILD, beside ID itself: means, spread; needs CORPORA, MORE
	+$(Q)$(if $(call FOLDERS,$(CORPORA) $(MORE)),for s in $(SEEDS); do $(MAKE) --no-print-directory train SEED=$$s OUT=$(BUILD)/seeds/$$s \
	    ONLY="$(call said_of,$(ID),corpora *\(.*\))" ROUNDS=$(call said_of,$(ID),command .* \([0-9]*\) rounds) || exit 1; done)
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B models/train/seeds.py --tool $< --models models/$(ID) $(SEEDS:%=$(BUILD)/seeds/%/$(ID)) \
	    --corpora $(CORPORA) $(MORE) --build $(BUILD)/eval/calls --out $(BUILD)/eval/seeds-$(ID).json --table $(MEASURED)/seeds-$(ID).md
eval-effect: $(BUILD)/eval/effect ## what undertone effect can tell: simulated sites whose truth is known, and calls it takes
	$(Q)mkdir -p $(MEASURED)
	$(Q)$< 1000 > $(BUILD)/eval/effect.md && cp $(BUILD)/eval/effect.md $(MEASURED)/effect.md
$(BUILD)/eval/effect: tests/eval/effect.c $(addprefix $(BUILD)/host/host-tools/,trials/effect.o system/grow.o)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -I. $^ -lm -o $@
eval-pitch: ## pitch against a laryngograph, beside Praat, SPTK, aubio where installed; needs CORPORA; TABLES=research, open
eval-pace: ## syllables against known counts, beside the method of de Jong and Wempe; needs CORPORA
eval-speech: ## speech in noise, music and tones, beside the WebRTC VAD and Silero VAD where installed; needs CORPORA
eval-deaf: ## what a bang costs, the first word, a breath before it; speech from CORPORA, else from espeak-ng
eval-doubt: ## what the doubt of dsp/doubt.c takes from callers, by corpus and target; CORPORA may be several, MORE is heard too
eval-notvoice: ## music, tones and noises that are called speech, beside the same; fetches music from Debian's packages
eval-rate: ## what 8 kHz files lose against 16 kHz; needs CORPORA
eval-who: ## whose voice a channel holds: two parties, mixes, copies, silent legs, single callers; CORPORA or espeak-ng
eval-leak: ## one party's speech in the other's channel: talk time, false overlaps and cues; CORPORA or espeak-ng
eval-hold: ## time on hold, found and falsely said: music, cut lines, thought, single and real callers; needs CORPORA, MORE
eval-hesitation: ## customer_hesitates on planted latencies, pauses, held vowels, slow talk, and real callers; CORPORA, MORE or espeak-ng
eval-header-rate: ## whether replay doubts a header whose rate is not the sound's; needs CORPORA
eval-who eval-leak eval-header-rate: eval-%: $(BUILD)/host/undertone | $(BUILD)/setup/train
	$(Q)$(PYTHON) -B tests/eval/$(subst -,_,$*).py --tool $< --corpora $(CORPORA) --out $(BUILD)/eval/$*.json
eval-forecast: $(BUILD)/models/$(ID)/undertone | $(BUILD)/setup/train ## the forecast of ID (MODEL) behind rising_frustration, against "F is high now"; needs CORPORA
	$(Q)$(PYTHON) -B tests/eval/forecast.py --tool $< --corpora $(or $(call FOLDERS,$(CORPORA)),$(CORPORA)) --out $(BUILD)/eval/forecast-$(ID).json
$(BUILD)/eval/webrtc_vad: tests/eval/webrtc_vad.c
	@mkdir -p $(@D)
	$(Q)! pkg-config --exists webrtc-audio-processing || $(CC) $(filter-out -MMD -MP,$(CFLAGS)) $< \
	    $$(pkg-config --libs webrtc-audio-processing) -o $@
# The reference is missing, and said to be, where pip or its index is; the judges go on.
eval-silero:
	$(Q)mkdir -p $(BUILD)/eval
	$(Q)$(PYTHON) -B tests/ble/environment.py $(BUILD)/eval/silero tests/eval/requirements.txt || :
eval-speech: $(BUILD)/eval/webrtc_vad eval-silero
eval-notvoice: $(BUILD)/host/undertone $(BUILD)/eval/webrtc_vad eval-silero | $(BUILD)/setup/notvoice
	$(Q)$(PYTHON) -B tests/eval/music.py $(BUILD)/eval/music
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B tests/eval/notvoice.py --tool $< --build $(BUILD)/eval --out $(BUILD)/eval/notvoice.json \
	    --table $(MEASURED)/notvoice.md
eval-hold: $(BUILD)/host/undertone | $(BUILD)/setup/notvoice
	$(Q)$(PYTHON) -B tests/eval/music.py $(BUILD)/eval/music
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B tests/eval/hold.py --tool $< --build $(BUILD)/eval --corpora $(CORPORA) $(MORE) \
	    --out $(BUILD)/eval/hold.json --table $(MEASURED)/hold.md
eval-hesitation: $(BUILD)/host/undertone | $(BUILD)/setup/train
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B tests/eval/hesitation.py --tool $< --corpora $(CORPORA) $(MORE) --out $(BUILD)/eval/hesitation.json \
	    --table $(MEASURED)/hesitation.md
eval-doubt: $(BUILD)/host/undertone eval-silero | $(BUILD)/setup/train
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B tests/eval/doubt.py --tool $< --corpora $(CORPORA) $(MORE) --build $(BUILD)/eval \
	    --out $(BUILD)/eval/doubt.json --table $(MEASURED)/doubt.md
eval-deaf: $(BUILD)/host/undertone eval-silero | $(BUILD)/setup/train
	$(Q)mkdir -p $(MEASURED)
	$(Q)$(PYTHON) -B tests/eval/deaf.py --tool $< --corpora $(firstword $(CORPORA)) --build $(BUILD)/eval \
	    --out $(BUILD)/eval/deaf.json --table $(MEASURED)/deaf.md
eval-pitch eval-pace eval-speech eval-rate: eval-%: $(BUILD)/tables/$(TABLES)/undertone | $(BUILD)/setup/train
	$(Q)$(EVAL)
.PHONY: demo-voices train train-explanation train-speech train-doubt train-pitch train-open-pitch train-pace train-forecast \
    eval-model eval-pitch eval-pace eval-speech eval-deaf eval-notvoice eval-silero eval-doubt eval-rate eval-header-rate \
    eval-effect eval-seeds eval-forecast eval-who eval-leak eval-hold eval-hesitation
