/* SPDX-License-Identifier: Apache-2.0 */
/* What a model, with everything fitted beside it in its build, may be used for: one sentence.
 *
 * in    the checksum that a headset says
 * out   the sentence that models/provenance.py makes from the licences of the recordings; of a model that this program
 *       does not know, that it does not; of none, that there is none
 * SPEC.md "Provenance".
 */
#ifndef UT_HOST_MODEL_USE_H
#define UT_HOST_MODEL_USE_H

#include <stdint.h>

const char *ut_model_use(uint32_t crc32);

#endif
