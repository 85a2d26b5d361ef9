/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the headset as a Linux process. */
#include "boards/desk/options.h"

#include "boards/board.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ut_desk_options ut_desk_options = {.pairing = BOARD_PAIRING_DISPLAY};

static const char usage[] =
    "usage: undertone-desk [OPTION...] AUDIO\n"
    "AUDIO is a file, a FIFO or - (stdin): raw int16 {customer, agent} pairs, 16 kHz.\n"
    "  --link PATH       records go to this file, FIFO or terminal, - is stdout; default: a new pseudo-terminal,\n"
    "                    whose name is printed\n"
    "  --store PATH      settings are kept in this file; default: until the process ends\n"
    "  --hci SOCKET      Bluetooth: a controller that speaks H4 on this socket, a path or HOST:PORT\n"
    "  --pairing HOW     blind, display (default), yesno, or yesno:no, which says no to every number\n"
    "  --button WISH     pair: the person holds the button for 3 s again and again; forget: once for 10 s\n"
    "  --fast            as fast as the audio comes, not paced by the clock\n"
    "  --clock US        the clock counts the audio, from US microseconds on (it wraps at 2^32)\n"
    "faults, for tests:\n"
    "  --drop-block N    lose every Nth 10 ms block of audio\n"
    "  --stall AT:MS     AT ms into the audio the link takes nothing for MS ms of audio,\n"
    "                    or until the audio ends\n"
    "  --corrupt N       flip one bit of every Nth byte on the link\n";

static _Noreturn void refuse(const char *what)
{
    fprintf(stderr, "undertone-desk: %s\n%s", what, usage);
    exit(64);
}

/* A decimal number up to `end`; returns where it stopped. */
static const char *number(const char *text, uint32_t *value)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    if (end == text || text[0] < '0' || text[0] > '9' || errno != 0 || n > UINT32_MAX)
        refuse("not a number");
    *value = (uint32_t)n;
    return end;
}

static void pair(const char *how)
{
    struct ut_desk_options *o = &ut_desk_options;
    if (strcmp(how, "blind") == 0)
        o->pairing = BOARD_PAIRING_BLIND;
    else if (strcmp(how, "display") == 0)
        o->pairing = BOARD_PAIRING_DISPLAY;
    else if (strcmp(how, "yesno") == 0 || strcmp(how, "yesno:no") == 0)
        o->pairing = BOARD_PAIRING_DISPLAY_YES_NO;
    else if (strcmp(how, "button") == 0 || strcmp(how, "button:no") == 0)
        o->pairing = BOARD_PAIRING_BUTTON;
    else
        refuse("--pairing takes blind, button, button:no, display, yesno or yesno:no");
    o->disagree = strcmp(how, "yesno:no") == 0 || strcmp(how, "button:no") == 0;
}

static enum board_wish wish(const char *text)
{
    if (strcmp(text, "pair") != 0 && strcmp(text, "forget") != 0)
        refuse("--button takes pair or forget");
    return text[0] == 'p' ? BOARD_WISH_PAIR : BOARD_WISH_FORGET;
}

int main(int argc, char **argv)
{
    struct ut_desk_options *o = &ut_desk_options;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(word, "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(word, "--fast") == 0) {
            o->fast = 1;
            continue;
        }
        if (word[0] != '-' || word[1] == '\0') {
            if (o->audio != NULL)
                refuse("more than one AUDIO");
            o->audio = word;
            continue;
        }
        if (value == NULL)
            refuse("an option without its value, or an unknown option");
        const char *rest = "";
        if (strcmp(word, "--link") == 0) {
            o->link = value;
        } else if (strcmp(word, "--store") == 0) {
            o->store = value;
        } else if (strcmp(word, "--hci") == 0) {
            o->hci = value;
        } else if (strcmp(word, "--pairing") == 0) {
            pair(value);
        } else if (strcmp(word, "--button") == 0) {
            o->wish = wish(value);
        } else if (strcmp(word, "--drop-block") == 0) {
            rest = number(value, &o->drop_block);
        } else if (strcmp(word, "--clock") == 0) {
            o->audio_clock = 1;
            rest = number(value, &o->clock_us);
        } else if (strcmp(word, "--corrupt") == 0) {
            rest = number(value, &o->corrupt_byte);
        } else if (strcmp(word, "--stall") == 0) {
            rest = number(value, &o->stall_at_ms);
            if (*rest != ':')
                refuse("--stall takes AT:MS");
            rest = number(rest + 1, &o->stall_ms);
        } else {
            refuse("unknown option");
        }
        if (*rest != '\0')
            refuse("not a number");
        i++;
    }
    if (o->audio == NULL)
        refuse("AUDIO is missing");
    return ut_main();
}
