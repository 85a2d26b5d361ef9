/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/draw.h"

#include <cairo.h>
#include <stdbool.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* A cairo context, which is never NULL: in an error it takes all calls and does nothing. */
static cairo_t *context(struct ut_draw *d)
{
    return (cairo_t *)d;
}

struct ut_draw *ut_draw_open(int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    cairo_t *c = cairo_create(surface);
    cairo_surface_destroy(surface); /* the context keeps it */
    return (struct ut_draw *)c;
}

void ut_draw_close(struct ut_draw *d)
{
    cairo_destroy(context(d));
}

static cairo_status_t write_png(void *ctx, const unsigned char *data, unsigned int n)
{
    return fwrite(data, 1, n, ctx) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

int ut_draw_png(struct ut_draw *d, FILE *out)
{
    cairo_status_t status = cairo_status(context(d));
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(cairo_get_target(context(d)), write_png, out);
    return status == CAIRO_STATUS_SUCCESS || status == CAIRO_STATUS_WRITE_ERROR ? 0 : -1;
}

void ut_draw_colour(struct ut_draw *d, const struct ut_draw_colour *colour, double alpha)
{
    cairo_set_source_rgba(context(d), colour->r, colour->g, colour->b, alpha);
}

void ut_draw_width(struct ut_draw *d, double width)
{
    cairo_set_line_width(context(d), width);
}

void ut_draw_dash(struct ut_draw *d, double on, double off)
{
    const double dash[] = {on, off};
    cairo_set_dash(context(d), dash, on > 0 ? 2 : 0, 0);
}

void ut_draw_font(struct ut_draw *d, double size, int bold)
{
    cairo_select_font_face(context(d), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context(d), size);
}

void ut_draw_move(struct ut_draw *d, double x, double y)
{
    cairo_move_to(context(d), x, y);
}

void ut_draw_line(struct ut_draw *d, double x, double y)
{
    cairo_line_to(context(d), x, y);
}

void ut_draw_box(struct ut_draw *d, double x, double y, double w, double h)
{
    cairo_rectangle(context(d), x, y, w, h);
}

void ut_draw_circle(struct ut_draw *d, double x, double y, double radius)
{
    cairo_new_path(context(d));
    cairo_arc(context(d), x, y, radius, 0, 2 * pi);
}

void ut_draw_stroke(struct ut_draw *d)
{
    cairo_stroke(context(d));
}

void ut_draw_fill(struct ut_draw *d)
{
    cairo_fill(context(d));
}

void ut_draw_paint(struct ut_draw *d)
{
    cairo_paint(context(d));
}

void ut_draw_clip(struct ut_draw *d, double x, double y, double w, double h)
{
    cairo_save(context(d));
    cairo_rectangle(context(d), x, y, w, h);
    cairo_clip(context(d));
}

void ut_draw_unclip(struct ut_draw *d)
{
    cairo_restore(context(d));
}

double ut_draw_text_width(struct ut_draw *d, const char *text)
{
    cairo_text_extents_t e;
    cairo_text_extents(context(d), text, &e);
    return e.x_advance;
}

size_t ut_draw_text_fit(struct ut_draw *d, const char *text, double room)
{
    char part[1000];
    size_t word = 0, letter = 0;
    for (size_t n = 1; n < sizeof part && text[n - 1] != '\0'; n++) {
        bool ends_word = text[n] == ' ' || text[n] == '\0';
        if ((text[n] & 0xC0) == 0x80 || (!ends_word && word > 0))
            continue; /* within a letter, or a word that is not the first */
        memcpy(part, text, n);
        part[n] = '\0';
        if (ut_draw_text_width(d, part) > room)
            break;
        letter = n;
        word = ends_word ? n : word;
    }
    return word > 0 ? word : letter;
}

void ut_draw_text(struct ut_draw *d, double x, double y, double align, const char *text)
{
    cairo_move_to(context(d), x - align * ut_draw_text_width(d, text), y);
    cairo_show_text(context(d), text);
    cairo_new_path(context(d)); /* a line that follows does not begin at the text's end */
}

void ut_draw_text_upwards(struct ut_draw *d, double x, double y, double align, const char *text)
{
    cairo_save(context(d));
    cairo_translate(context(d), x, y);
    cairo_rotate(context(d), -pi / 2);
    ut_draw_text(d, 0, 0, align, text);
    cairo_restore(context(d));
}
