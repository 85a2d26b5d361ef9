/* SPDX-License-Identifier: Apache-2.0 */
/* A PNG's pixels, for tests of what was drawn. */
#ifndef UT_TESTS_PICTURE_H
#define UT_TESTS_PICTURE_H

#include <cairo.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ut_picture {
    cairo_surface_t *image;
    int width, height;
};

static inline cairo_status_t ut_picture_get(void *ctx, unsigned char *data, unsigned int n)
{
    return fread(data, 1, n, ctx) == n ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_READ_ERROR;
}

/* From the stream's begin. 0, or -1 when it is no PNG; close it in any case. */
static inline int ut_picture_read(struct ut_picture *p, FILE *file)
{
    rewind(file);
    p->image = cairo_image_surface_create_from_png_stream(ut_picture_get, file);
    p->width = cairo_image_surface_get_width(p->image);
    p->height = cairo_image_surface_get_height(p->image);
    return cairo_surface_status(p->image) == CAIRO_STATUS_SUCCESS ? 0 : -1;
}

static inline void ut_picture_close(struct ut_picture *p)
{
    cairo_surface_destroy(p->image);
}

/* 0xRRGGBB */
static inline unsigned ut_picture_pixel(const struct ut_picture *p, int x, int y)
{
    uint32_t pixel;
    memcpy(&pixel,
           cairo_image_surface_get_data(p->image) + (ptrdiff_t)y * cairo_image_surface_get_stride(p->image) + 4 * x,
           sizeof pixel);
    return pixel & 0xFFFFFF;
}

/* Pixels of a colour in columns [from, to), each part of it less than `tolerance` off. */
static inline int ut_picture_count(const struct ut_picture *p, unsigned rgb, int tolerance, int from, int to)
{
    int n = 0;
    for (int y = 0; y < p->height; y++)
        for (int x = from; x < to; x++) {
            unsigned pixel = ut_picture_pixel(p, x, y);
            int near = 1;
            for (int shift = 0; shift < 24; shift += 8)
                near &= abs((int)(pixel >> shift & 255) - (int)(rgb >> shift & 255)) < tolerance;
            n += near;
        }
    return n;
}

#endif
