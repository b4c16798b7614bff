; Theorem unallocated/cap-if-few, obligation count.
; Every region of dom0 and direct-mapped domains without IOMMU that qualifies is advertised: the cap drops none,
; if sensible-entries and grant-region and few-entries.
; In xen 4.16.0.
; xen/include/xen/bootinfo.h: NR_MEM_BANKS; libxl MAX_NR_EXT_REGIONS
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
;
; There are not more pieces than there can be regions.
(set-logic QF_BV)
(declare-const passes (_ BitVec 64))
(declare-const pieces (_ BitVec 64))
; Assumption few-entries: the lists have fewer entries together than there can be regions (128 in 4.16.0, since
; then 256) (the board and the configuration of the domain)
(assert (bvule passes #x0000000000000080))
; By rangeset/growth every pass makes one range more at most.
(assert (bvule pieces passes))
; What must be impossible.
(assert (not (bvule pieces #x0000000000000080)))
(check-sat)
