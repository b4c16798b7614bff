; Theorem unallocated/cap-if-apart, obligation count.
; Every region of dom0 and direct-mapped domains without IOMMU that qualifies is advertised: the cap drops none,
; if sensible-entries and grant-region and ram-of-pages and little-ram and apart.
; In xen 4.16.1 to head, 39 releases.
; xen/include/xen/bootinfo.h: NR_MEM_BANKS; libxl MAX_NR_EXT_REGIONS
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; Also an obligation of unallocated/cap-if-little-ram.
;
; There are not more regions than there can be.
(set-logic QF_BV)
(declare-const ram_bytes (_ BitVec 64))
(declare-const regions (_ BitVec 64))
; Assumption little-ram: the banks of the host's RAM have no room for more than 256 times 64 MiB together: as
; many regions as there can be, but for 4.16.0 (the board)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr ram_bytes #x000000000000001a)))
(assert (bvule t1 #x0000000000000100))
; By the others each region, dropped or not, has 64 MiB of RAM that no other has.
(assert (bvule regions t1))
; What must be impossible.
(assert (not (bvule regions #x0000000000000100)))
(check-sat)
