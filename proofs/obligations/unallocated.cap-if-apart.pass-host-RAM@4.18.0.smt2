; Theorem unallocated/cap-if-apart, obligation pass-host-RAM.
; Every region of dom0 and direct-mapped domains without IOMMU that qualifies is advertised: the cap drops none,
; if sensible-entries and grant-region and ram-of-pages and little-ram and apart.
; In xen 4.18.0 to head, 24 releases.
; xen/include/xen/bootinfo.h: NR_MEM_BANKS; libxl MAX_NR_EXT_REGIONS
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; Also an obligation of unallocated/cap-if-little-ram, unallocated/inside-host-ram-if-apart, unallocated/inside-
; host-ram-if-whole-pages.
;
; The pass for a bank that does not have the byte is not about its number.
(set-logic QF_BV)
(declare-const ram_size (_ BitVec 64))
(declare-const ram_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule ram_size #xffffffffffffffff) (bvult #x0000000000000000 ram_size) (bvule ram_size #xfffffffffffff000) (bvule ram_start (bvsub #xfffffffffffff000 ram_size))))
; Assumption ram-of-pages: every bank of the host's RAM begins and ends at a multiple of 4 KiB (memory nodes or
; the EFI memory map; Xen does not check it)
(assert (and (= (bvand ram_start #x0000000000000fff) #x0000000000000000) (= (bvand ram_size #x0000000000000fff) #x0000000000000000)))
; `x` is no byte of the bank.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd ram_start ram_size)))
(assert (not (and (bvule ram_start x) (bvult x t1))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x000000000000000c)))
(assert (and (bvule (bvlshr ram_start #x000000000000000c) t2) (bvule t2 (bvlshr (bvsub t1 #x0000000000000001) #x000000000000000c))))
(check-sat)
