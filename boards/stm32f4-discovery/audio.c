/* SPDX-License-Identifier: Apache-2.0 */
/* Audio of this board: the agent is the PDM microphone on I2S2, the customer the line input on ADC1.
 *
 * Both clocks come from the one crystal (or, without it, the one internal oscillator), so the channels cannot drift:
 * the microphone gets 1.024 MHz = 1 MHz x 256 / 5 / 50 from PLLI2S, 64 bits per sample; the converter is started every
 * 168 MHz / 2625 = 64 kHz, 4 conversions per sample. Two circular DMA streams of two halves, 640 words of 16 bits or
 * 10 ms each, run in step; the interrupt is the microphone's, and the converter is started first, so that its half is
 * full before.
 */
#include "boards/stm32f4-discovery/audio.h"
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/pdm/pdm.h"
#include "boards/stm32f4-discovery/board.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/pins.h"
#include "boards/stm32f4-discovery/registers.h"

enum {
    BLOCK_FRAMES = 160,
    HALF = UT_PDM_RATIO * BLOCK_FRAMES,
    BLOCK_US = 10000,
    LOST_MAX = 6000, /* blocks told at once: a minute */
    READY_TRIES = 400000,
    PLLI2S_N = 256,
    PLLI2S_R = 5,
    I2S_DIV = 25, /* times two */
    ADC_PERIOD = 2625,
    ADC_LEAD = 1000, /* timer clocks to the first conversion: 6 us, the converter takes 3 to wake */
    ADC_CHANNEL = 1,
    MIC_STREAM = 3, /* of DMA1, channel 0 */
    MIC_FLAGS_SHIFT = 22,
    LINE_STREAM = 0,    /* of DMA2, channel 0 */
    PIN_MIC_CLOCK = 10, /* of port B */
    PIN_MIC_DATA = 3,   /* of port C */
    PIN_LINE = 1,       /* of port A */
    AF_I2S2 = 5,
    PRIORITY_AUDIO = 0xC0
};

static struct {
    board_audio_fn *fn;
    void *ctx;
    uint32_t last_us; /* when the last block was told or lost */
    struct ut_pdm microphone;
    struct ut_pdm_fir line;
    int16_t pairs[2 * BLOCK_FRAMES];
} audio;

static volatile uint16_t microphone_words[2][HALF], line_words[2][HALF];

/* Writes the stream's registers and switches it on; it stands still until its peripheral asks. */
static void start_stream(uint32_t dma, uint32_t stream, uint32_t from, volatile uint16_t *to, uint32_t interrupts)
{
    ut_reg_write(DMA_SPAR(dma, stream), from);
    ut_reg_write(DMA_SM0AR(dma, stream), ut_bus_address(to));
    ut_reg_write(DMA_SNDTR(dma, stream), 2 * HALF);
    uint32_t cr = DMA_SCR_CIRC | DMA_SCR_MINC | DMA_SCR_16_BITS | DMA_SCR_PL_HIGH | interrupts;
    ut_reg_write(DMA_SCR(dma, stream), cr);
    ut_reg_write(DMA_SCR(dma, stream), cr | DMA_SCR_EN);
}

static void stop(void)
{
    ut_reg_write(TIM_CR1(TIM8), 0);
    ut_reg_write(ADC1_CR2, 0);
    ut_reg_write(SPI2_I2SCFGR, 0);
    ut_reg_write(SPI2_CR2, 0);
    ut_reg_write(DMA_SCR(DMA1, MIC_STREAM), 0);
    ut_reg_write(DMA_SCR(DMA2, LINE_STREAM), 0);
    ut_reg_wait(DMA_SCR(DMA1, MIC_STREAM), DMA_SCR_EN, 0, READY_TRIES);
    ut_reg_wait(DMA_SCR(DMA2, LINE_STREAM), DMA_SCR_EN, 0, READY_TRIES);
    (void)ut_reg_read(SPI2_DR); /* this and the next take back an overrun */
    (void)ut_reg_read(SPI2_SR);
    ut_reg_write(ADC1_SR, 0);
    ut_reg_write(DMA_LIFCR(DMA1), DMA_FLAGS << MIC_FLAGS_SHIFT);
    ut_reg_write(DMA_LIFCR(DMA2), DMA_FLAGS);
}

static void start(void)
{
    start_stream(DMA2, LINE_STREAM, ADC1_DR, line_words[0], 0);
    ut_reg_write(ADC_CCR, ADC_CCR_ADCPRE_4); /* 21 MHz: 3.2 us a conversion */
    ut_reg_write(ADC1_SMPR2, ADC_SMPR2_56_CYCLES(ADC_CHANNEL));
    ut_reg_write(ADC1_SQR3, ADC_CHANNEL);
    ut_reg_write(ADC1_CR2, ADC_CR2_ADON | ADC_CR2_DMA | ADC_CR2_DDS | ADC_CR2_ALIGN_LEFT | ADC_CR2_EXTEN_RISING |
                               ADC_CR2_EXTSEL_TIM8_TRGO);
    start_stream(DMA1, MIC_STREAM, SPI2_DR, microphone_words[0], DMA_SCR_HTIE | DMA_SCR_TCIE | DMA_SCR_TEIE);
    uint32_t i2s = SPI_I2SCFGR_I2SMOD | SPI_I2SCFGR_MASTER_RECEIVE | SPI_I2SCFGR_LSB_JUSTIFIED | SPI_I2SCFGR_CKPOL;
    ut_reg_write(SPI2_I2SPR, I2S_DIV);
    ut_reg_write(SPI2_CR2, SPI_CR2_RXDMAEN);
    ut_reg_write(SPI2_I2SCFGR, i2s);
    ut_reg_write(TIM_PSC(TIM8), 0);
    ut_reg_write(TIM_ARR(TIM8), ADC_PERIOD - 1);
    ut_reg_write(TIM_CR2(TIM8), TIM_CR2_MMS_UPDATE);
    ut_reg_write(TIM_CNT(TIM8), ADC_PERIOD - ADC_LEAD);
    ut_cpu_mask_irqs();
    ut_reg_write(TIM_CR1(TIM8), TIM_CR1_CEN);
    ut_reg_write(SPI2_I2SCFGR, i2s | SPI_I2SCFGR_I2SE);
    ut_cpu_unmask_irqs();
}

int board_audio_start(board_audio_fn *fn, void *ctx)
{
    if (ut_stm32_apb1_hz != UT_STM32_APB1_HZ)
        return -1;
    ut_reg_clear(RCC_CFGR, RCC_CFGR_I2SSRC);
    ut_reg_write(RCC_PLLI2SCFGR, PLLI2S_N << 6 | (uint32_t)PLLI2S_R << 28);
    ut_reg_set(RCC_CR, RCC_CR_PLLI2SON);
    if (ut_reg_wait(RCC_CR, RCC_CR_PLLI2SRDY, RCC_CR_PLLI2SRDY, READY_TRIES) != 0)
        return -1;
    audio.fn = fn;
    audio.ctx = ctx;
    ut_pdm_init(&audio.microphone);
    ut_pdm_fir_init(&audio.line);
    ut_stm32_pin(GPIOB, PIN_MIC_CLOCK, GPIO_ALTERNATE, AF_I2S2);
    ut_stm32_pin(GPIOC, PIN_MIC_DATA, GPIO_ALTERNATE, AF_I2S2);
    ut_stm32_pin(GPIOA, PIN_LINE, GPIO_ANALOG, 0);
    stop();
    audio.last_us = board_time_us();
    start();
    ut_irq_on(IRQ_DMA1_STREAM3, PRIORITY_AUDIO);
    ut_stm32_light(UT_STM32_GREEN, 1);
    return 0;
}

void board_audio_stop(void)
{
    stop();
    ut_stm32_light(UT_STM32_GREEN, 0);
}

/* Tells the blocks that went by since the last one, but for the last `kept`. */
static void tell_lost(uint32_t kept)
{
    uint32_t now = board_time_us();
    uint32_t blocks = (now - audio.last_us + BLOCK_US / 2) / BLOCK_US;
    audio.last_us = now;
    blocks = blocks < LOST_MAX ? blocks : LOST_MAX;
    for (; blocks > kept; blocks--)
        audio.fn(audio.ctx, NULL, BLOCK_FRAMES);
}

/* The half that is full is the one the DMA is not filling, whatever the flags say of how often it went round. */
static unsigned full_half(uint32_t dma, uint32_t stream)
{
    return ut_reg_read(DMA_SNDTR(dma, stream)) > HALF ? 1 : 0;
}

void ut_stm32_audio_irq(void)
{
    uint32_t flags = ut_reg_read(DMA_LISR(DMA1)) >> MIC_FLAGS_SHIFT & DMA_FLAGS;
    ut_reg_write(DMA_LIFCR(DMA1), flags << MIC_FLAGS_SHIFT);
    unsigned half = full_half(DMA1, MIC_STREAM);
    int broken = (flags & (DMA_TEIF | DMA_DMEIF)) || (ut_reg_read(SPI2_SR) & SPI_SR_OVR) ||
                 (ut_reg_read(ADC1_SR) & ADC_SR_OVR) || (ut_reg_read(DMA_LISR(DMA2)) & DMA_TEIF) ||
                 full_half(DMA2, LINE_STREAM) != half;
    ut_cortexm_event = 1;
    if (broken) { /* one channel would run ahead of the other: both begin again */
        stop();
        tell_lost(0);
        start();
        return;
    }
    if (!(flags & (DMA_HTIF | DMA_TCIF)))
        return;
    tell_lost(1);
    ut_pdm_fir_take(&audio.line, line_words[half], BLOCK_FRAMES, audio.pairs, 2);
    ut_pdm_take(&audio.microphone, microphone_words[half], BLOCK_FRAMES, audio.pairs + 1, 2);
    if (ut_stm32_muted())
        for (int i = 0; i < BLOCK_FRAMES; i++)
            audio.pairs[2 * i + 1] = 0;
    audio.fn(audio.ctx, audio.pairs, BLOCK_FRAMES);
}
