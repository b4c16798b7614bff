/*
 * A made-up guest layout in the manner of Xen's arch-arm.h: the tests of the header reader compare
 * its values with a C compiler's. The regions are not Xen's.
 */
#ifndef TEST_PUBLIC_LAYOUT_H
#define TEST_PUBLIC_LAYOUT_H

#define LAYOUT_HANDLE(name)    __handle_ ## name
#define __LAYOUT_HANDLE(name)  typedef struct { name *p; } __handle_ ## name

#ifndef __ASSEMBLER__
#if defined(__GNUC__) && !defined(__STRICT_ANSI__)
# define DECL_REG(n64, n32) union { unsigned long long n64; unsigned int n32; }
#else
# define DECL_REG(n64, n32) unsigned long long n64
#endif
struct core_regs {
    DECL_REG(x0, r0_usr); /* "quoted */
    DECL_REG(x1, r1_usr); // it's an apostrophe
    char sign; /* '"' */
};
#undef DECL_REG
#define TEXT_MARK "/* no comment"
#endif

#if defined(__XEN__) || defined(__XEN_TOOLS__)

#define MODE_BIT     0x10U /* only in AArch32 */
#define MASK_IRQ     (1U << 7)
#define MASK_DEBUG   (1U <<9)
#define GUEST_MODE_INIT \
    (MASK_DEBUG|MASK_IRQ|MODE_BIT)

/*
 * Platform of a guest: memory and interrupts. Guests have to take all of this from their device
 * tree; GUEST_RAM_BANK_FOOS below is for tools.
 */

/* Mailboxes: 16 slots of 4 KB */
#define GUEST_MAILBOX_BASE   xen_mk_ullong(0x01000000)
#define GUEST_MAILBOX_SIZE   xen_mk_ullong(0x00010000)

/* One of the two controllers is mapped, so they may overlap. */

/* Controller, version 2 */
#define GUEST_GICD_BASE   xen_mk_ullong(0x03001000)
#define GUEST_GICD_SIZE   xen_mk_ullong(0x00001000)
#define GUEST_GICC_BASE   (GUEST_GICD_BASE + GUEST_GICD_SIZE)
#define GUEST_GICC_SIZE   0x2000ULL

/* Controller, version 3 */
#define GUEST_GICV3_GICD_BASE      xen_mk_ullong(0x03001000)
#define GUEST_GICV3_GICD_SIZE      xen_mk_ullong(0x00010000)
#define GUEST_GICV3_RDIST_REGIONS  1
#define GUEST_GICV3_GICR0_BASE     xen_mk_ullong(0x03020000) /* vCPU0..63 */
#define GUEST_GICV3_GICR0_SIZE     (GUEST_MAX_VCPUS * xen_mk_ullong(0x20000))

/* 128 MB of configuration space: 128 buses x 32 devices x 8 functions x 4 KB */
#define GUEST_VPCI_ECAM_BASE    xen_mk_ullong(0x10000000)
#define GUEST_VPCI_ECAM_SIZE    (UINT64_C(128) << 20)
#define GUEST_VPCI_ADDR_TYPE_MEM   xen_mk_ullong(0x02000000)
#define GUEST_VPCI_MEM_ADDR        xen_mk_ullong(0x23000000)
#define GUEST_VPCI_MEM_SIZE        xen_mk_ullong(0x10000000)

#define GUEST_GNTTAB_BASE xen_mk_ullong(0x38000000)
#define GUEST_GNTTAB_SIZE xen_mk_ullong(0x00200000) /* 2MB == 512 pages */

#define GUEST_RAM_BANKS   2

#define GUEST_RAM0_BASE   xen_mk_ullong(0x40000000) /* 1GB of low RAM @ 1GB */
#define GUEST_RAM0_SIZE   xen_mk_ullong(0x40000000)

#define GUEST_RAM1_BASE   xen_mk_ullong(0x0100000000) /* 4GB of RAM @ 4GB */
#define GUEST_RAM1_SIZE   xen_mk_ullong(0x0100000000)

#define GUEST_RAM_BASE    GUEST_RAM0_BASE /* the lowest */
/* Both banks, without the hole between */
#define GUEST_RAM_MAX     (GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)
/* const uint64_t foo[] = GUEST_RAM_BANK_FOOS; */
#define GUEST_RAM_BANK_BASES   { GUEST_RAM0_BASE, GUEST_RAM1_BASE }
#define GUEST_RAM_BANK_SIZES   { GUEST_RAM0_SIZE, GUEST_RAM1_SIZE }

#define GUEST_MAX_VCPUS 64

#define GUEST_TIMER_VIRT_PPI    27
#define GUEST_EVTCHN_PPI        31
#define GUEST_VPL011_SPI        (32)
#define GUEST_MAILBOX_SPI_FIRST   (GUEST_VPL011_SPI + 1)
#define GUEST_MAILBOX_SPI_LAST    (GUEST_MAILBOX_SPI_FIRST + 16 - 1)

#define GUEST_TYPE   unsigned long
#define GUEST_NAME   "layout // one"
#define GUEST_SEEN
#define GUEST_HANDLE(x) LAYOUT_HANDLE(x)

#endif /* __XEN__ || __XEN_TOOLS__ */

#ifdef __ASSEMBLER__
#define GUEST_RAM_BANKS 3
#endif

#endif /* TEST_PUBLIC_LAYOUT_H */
