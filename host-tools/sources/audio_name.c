/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/audio_name.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

bool ut_audio_name(const char *name)
{
    static const char *const ends[] = {"wav",  "wave", "flac", "ogg",  "oga",  "opus", "mp3",  "aif",
                                       "aiff", "aifc", "au",   "snd",  "caf",  "w64",  "rf64", "sph",
                                       "nist", "voc",  "ulaw", "ul",   "alaw", "al",   "sln",  "sln16",
                                       "m4a",  "aac",  "amr",  "webm", "wma",  "g722", "gsm",  NULL};
    const char *slash = strrchr(name, '/'), *dot = strrchr(name, '.');
    if (dot == NULL || dot == (slash != NULL ? slash + 1 : name) || (slash != NULL && dot < slash))
        return false;
    for (int i = 0; ends[i] != NULL; i++)
        if (strcasecmp(dot + 1, ends[i]) == 0)
            return true;
    return false;
}
