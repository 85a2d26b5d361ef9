/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the STM32F407 that this board uses. Addresses, bits and their names are those of ST's RM0090. */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_REGISTERS_H
#define UT_BOARDS_STM32F4_DISCOVERY_REGISTERS_H

#include "boards/registers.h"

/* Reset and clock control */
#define RCC_CR 0x40023800U
#define RCC_CR_HSION (1U << 0)
#define RCC_CR_HSEON (1U << 16)
#define RCC_CR_HSERDY (1U << 17)
#define RCC_CR_CSSON (1U << 19)
#define RCC_CR_PLLON (1U << 24)
#define RCC_CR_PLLRDY (1U << 25)
#define RCC_CR_PLLI2SON (1U << 26)
#define RCC_CR_PLLI2SRDY (1U << 27)
#define RCC_PLLCFGR 0x40023804U
#define RCC_PLLCFGR_PLLSRC (1U << 22) /* HSE */
#define RCC_CFGR 0x40023808U
#define RCC_CFGR_SW (3U << 0)
#define RCC_CFGR_SW_PLL (2U << 0)
#define RCC_CFGR_SWS (3U << 2)
#define RCC_CFGR_SWS_PLL (2U << 2)
#define RCC_CFGR_PPRE1 (7U << 10)
#define RCC_CFGR_PPRE1_4 (5U << 10)
#define RCC_CFGR_PPRE2 (7U << 13)
#define RCC_CFGR_PPRE2_2 (4U << 13)
#define RCC_CFGR_I2SSRC (1U << 23)
#define RCC_CIR 0x4002380CU
#define RCC_CIR_CSSC (1U << 23)
#define RCC_APB1RSTR 0x40023820U
#define RCC_AHB1ENR 0x40023830U
#define RCC_AHB1ENR_GPIOA (1U << 0)
#define RCC_AHB1ENR_GPIOB (1U << 1)
#define RCC_AHB1ENR_GPIOC (1U << 2)
#define RCC_AHB1ENR_GPIOD (1U << 3)
#define RCC_AHB1ENR_DMA1 (1U << 21)
#define RCC_AHB1ENR_DMA2 (1U << 22)
#define RCC_AHB2ENR 0x40023834U
#define RCC_AHB2ENR_RNG (1U << 6)
#define RCC_APB1ENR 0x40023840U
#define RCC_APB1_TIM5 (1U << 3)
#define RCC_APB1_SPI2 (1U << 14)
#define RCC_APB1_USART2 (1U << 17)
#define RCC_APB1_USART3 (1U << 18)
#define RCC_APB2ENR 0x40023844U
#define RCC_APB2_TIM8 (1U << 1)
#define RCC_APB2_ADC1 (1U << 8)
#define RCC_CSR 0x40023874U
#define RCC_CSR_RMVF (1U << 24)
#define RCC_CSR_BORRSTF (1U << 25)
#define RCC_CSR_PINRSTF (1U << 26)
#define RCC_CSR_PORRSTF (1U << 27)
#define RCC_CSR_SFTRSTF (1U << 28)
#define RCC_CSR_IWDGRSTF (1U << 29)
#define RCC_CSR_WWDGRSTF (1U << 30)
#define RCC_PLLI2SCFGR 0x40023884U

/* Flash interface */
#define FLASH_ACR 0x40023C00U
#define FLASH_ACR_LATENCY_5WS 5U
#define FLASH_ACR_PRFTEN (1U << 8)
#define FLASH_ACR_ICEN (1U << 9)
#define FLASH_ACR_DCEN (1U << 10)
#define FLASH_ACR_DCRST (1U << 12)
#define FLASH_KEYR 0x40023C04U
#define FLASH_KEY1 0x45670123U
#define FLASH_KEY2 0xCDEF89ABU
#define FLASH_SR 0x40023C0CU
#define FLASH_SR_ERRORS (1U << 1 | 1U << 4 | 1U << 5 | 1U << 6 | 1U << 7) /* OPERR, WRPERR, PGAERR, PGPERR, PGSERR */
#define FLASH_SR_BSY (1U << 16)
#define FLASH_CR 0x40023C10U
#define FLASH_CR_PG (1U << 0)
#define FLASH_CR_SER (1U << 1)
#define FLASH_CR_SNB(sector) ((uint32_t)(sector) << 3)
#define FLASH_CR_PSIZE_32 (2U << 8)
#define FLASH_CR_STRT (1U << 16)
#define FLASH_CR_LOCK (1U << 31)
/* What the chip reads at its start: a sector's bit 0 = it is not written; brown-out level 0 is the highest, "3" */
#define FLASH_OPTKEYR 0x40023C08U
#define FLASH_OPTKEY1 0x08192A3BU
#define FLASH_OPTKEY2 0x4C5D6E7FU
#define FLASH_OPTCR 0x40023C14U
#define FLASH_OPTCR_OPTLOCK (1U << 0)
#define FLASH_OPTCR_OPTSTRT (1U << 1)
#define FLASH_OPTCR_BOR_LEV (3U << 2)
#define FLASH_OPTCR_RDP (0xFFU << 8)
#define FLASH_OPTCR_RDP_0 (0xAAU << 8)
#define FLASH_OPTCR_RDP_1 (0x55U << 8) /* as anything but 0xAA and 0xCC */
#define FLASH_OPTCR_NWRP(sector) (1U << (16 + (sector)))

/* Pins */
#define GPIOA 0x40020000U
#define GPIOB 0x40020400U
#define GPIOC 0x40020800U
#define GPIOD 0x40020C00U
#define GPIO_MODER(port) ((port) + 0x00U)
#define GPIO_PUPDR(port) ((port) + 0x0CU)
#define GPIO_IDR(port) ((port) + 0x10U)
#define GPIO_BSRR(port) ((port) + 0x18U)
#define GPIO_AFR(port, pin) ((port) + 0x20U + 4U * ((pin) / 8U))
enum { GPIO_INPUT = 0, GPIO_OUTPUT = 1, GPIO_ALTERNATE = 2, GPIO_ANALOG = 3 };

/* DMA streams: the flags of streams 0-3 are in LISR, of 4-7 in HISR, cleared by the same bits of the next register */
#define DMA1 0x40026000U
#define DMA2 0x40026400U
#define DMA_LISR(dma) ((dma) + 0x00U)
#define DMA_HISR(dma) ((dma) + 0x04U)
#define DMA_LIFCR(dma) ((dma) + 0x08U)
#define DMA_HIFCR(dma) ((dma) + 0x0CU)
#define DMA_SCR(dma, s) ((dma) + 0x10U + 0x18U * (s))
#define DMA_SNDTR(dma, s) ((dma) + 0x14U + 0x18U * (s))
#define DMA_SPAR(dma, s) ((dma) + 0x18U + 0x18U * (s))
#define DMA_SM0AR(dma, s) ((dma) + 0x1CU + 0x18U * (s))
#define DMA_SCR_EN (1U << 0)
#define DMA_SCR_TEIE (1U << 2)
#define DMA_SCR_HTIE (1U << 3)
#define DMA_SCR_TCIE (1U << 4)
#define DMA_SCR_MEMORY_TO_PERIPHERAL (1U << 6)
#define DMA_SCR_CIRC (1U << 8)
#define DMA_SCR_MINC (1U << 10)
#define DMA_SCR_16_BITS (1U << 11 | 1U << 13) /* PSIZE, MSIZE */
#define DMA_SCR_PL_HIGH (2U << 16)
#define DMA_SCR_CHSEL(channel) ((uint32_t)(channel) << 25)
/* Of stream 0; shifted by 22 they are those of 3, by 16 those of 2 or 6. */
#define DMA_DMEIF 0x04U
#define DMA_TEIF 0x08U
#define DMA_HTIF 0x10U
#define DMA_TCIF 0x20U
#define DMA_FLAGS 0x3DU

/* USART2 and USART3 */
#define USART2 0x40004400U
#define USART3 0x40004800U
#define USART_SR(u) ((u) + 0x00U)
#define USART_SR_ORE (1U << 3)
#define USART_SR_RXNE (1U << 5)
#define USART_SR_TC (1U << 6)
#define USART_SR_TXE (1U << 7)
#define USART_DR(u) ((u) + 0x04U)
#define USART_BRR(u) ((u) + 0x08U)
#define USART_CR1(u) ((u) + 0x0CU)
#define USART_CR1_RE (1U << 2)
#define USART_CR1_TE (1U << 3)
#define USART_CR1_RXNEIE (1U << 5)
#define USART_CR1_TXEIE (1U << 7)
#define USART_CR1_UE (1U << 13)
#define USART_CR3(u) ((u) + 0x14U)
#define USART_CR3_DMAT (1U << 7)
#define USART_CR3_RTSE (1U << 8)
#define USART_CR3_CTSE (1U << 9)

/* SPI2 as I2S */
#define SPI2_CR2 0x40003804U
#define SPI_CR2_RXDMAEN (1U << 0)
#define SPI2_SR 0x40003808U
#define SPI_SR_OVR (1U << 6)
#define SPI2_DR 0x4000380CU
#define SPI2_I2SCFGR 0x4000381CU
#define SPI_I2SCFGR_CKPOL (1U << 3)
#define SPI_I2SCFGR_LSB_JUSTIFIED (2U << 4)
#define SPI_I2SCFGR_MASTER_RECEIVE (3U << 8)
#define SPI_I2SCFGR_I2SE (1U << 10)
#define SPI_I2SCFGR_I2SMOD (1U << 11)
#define SPI2_I2SPR 0x40003820U

/* ADC1 */
#define ADC1_SR 0x40012000U
#define ADC_SR_OVR (1U << 5)
#define ADC1_CR2 0x40012008U
#define ADC_CR2_ADON (1U << 0)
#define ADC_CR2_DMA (1U << 8)
#define ADC_CR2_DDS (1U << 9)
#define ADC_CR2_ALIGN_LEFT (1U << 11)
#define ADC_CR2_EXTSEL_TIM8_TRGO (14U << 24)
#define ADC_CR2_EXTEN_RISING (1U << 28)
#define ADC1_SMPR2 0x40012010U
#define ADC_SMPR2_56_CYCLES(channel) (3U << (3U * (channel)))
#define ADC1_SQR3 0x40012034U
#define ADC1_DR 0x4001204CU
#define ADC_CCR 0x40012304U
#define ADC_CCR_ADCPRE_4 (1U << 16)

/* Timers: TIM5 counts microseconds, TIM8 starts conversions */
#define TIM5 0x40000C00U
#define TIM8 0x40010400U
#define TIM_CR1(t) ((t) + 0x00U)
#define TIM_CR1_CEN (1U << 0)
#define TIM_CR2(t) ((t) + 0x04U)
#define TIM_CR2_MMS_UPDATE (2U << 4)
#define TIM_EGR(t) ((t) + 0x14U)
#define TIM_EGR_UG (1U << 0)
#define TIM_CNT(t) ((t) + 0x24U)
#define TIM_PSC(t) ((t) + 0x28U)
#define TIM_ARR(t) ((t) + 0x2CU)

/* Independent watchdog */
#define IWDG_KR 0x40003000U
#define IWDG_KR_RELOAD 0xAAAAU
#define IWDG_KR_UNLOCK 0x5555U
#define IWDG_KR_START 0xCCCCU
#define IWDG_PR 0x40003004U
#define IWDG_PR_128 5U
#define IWDG_RLR 0x40003008U
#define IWDG_RLR_4_S 1000U /* at 250 Hz; the oscillator's 17 to 47 kHz make it 2.7 to 7.5 s, an erasure is 2 s */
#define IWDG_SR 0x4000300CU

/* Random numbers */
#define RNG_CR 0x50060800U
#define RNG_CR_RNGEN (1U << 2)
#define RNG_SR 0x50060804U
#define RNG_SR_DRDY (1U << 0)
#define RNG_SR_ERRORS (1U << 1 | 1U << 2 | 1U << 5 | 1U << 6) /* CECS, SECS, CEIS, SEIS */
#define RNG_DR 0x50060808U

/* Interrupt numbers */
enum { IRQ_DMA1_STREAM3 = 14, IRQ_DMA1_STREAM6 = 17, IRQ_USART2 = 38, IRQ_USART3 = 39 };

#endif
