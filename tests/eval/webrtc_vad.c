/* SPDX-License-Identifier: Apache-2.0 */
/* The VAD of WebRTC as a filter: webrtc_vad MODE <16kHz-mono-int16 >one '0' or '1' per 10 ms.
 * Debian's library exports these functions; the package has no header for them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct WebRtcVadInst VadInst;
VadInst *WebRtcVad_Create(void);
int WebRtcVad_Init(VadInst *vad);
int WebRtcVad_set_mode(VadInst *vad, int mode);
int WebRtcVad_Process(VadInst *vad, int rate, const int16_t *x, size_t n);

int main(int argc, char **argv)
{
    enum { RATE = 16000, HOP = 160 };
    int16_t x[HOP];
    VadInst *vad = WebRtcVad_Create();
    if (argc != 2 || vad == NULL || WebRtcVad_Init(vad) != 0 || WebRtcVad_set_mode(vad, atoi(argv[1])) != 0)
        return 2;
    while (fread(x, sizeof x[0], HOP, stdin) == HOP) {
        int speech = WebRtcVad_Process(vad, RATE, x, HOP);
        if (speech < 0)
            return 1;
        putchar(speech > 0 ? '1' : '0');
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
