; Theorem domu-holes/cap, obligation count.
; Every region of dom0less guests with the guest layout that qualifies is advertised: the cap drops none.
; In xen 4.19.0 to 4.20.4, 12 releases.
; xen/include/xen/bootinfo.h: NR_MEM_BANKS; libxl MAX_NR_EXT_REGIONS
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; There are not more pieces than there can be regions.
(set-logic QF_BV)
(declare-const passes (_ BitVec 64))
(declare-const pieces (_ BitVec 64))
; Assumption few-shared: a domain has 32 regions of static shared memory or fewer (NR_SHMEM_BANKS:
; process_shm_node refuses more)
(assert (bvule passes #x0000000000000022))
; By rangeset/growth every pass makes one range more at most.
(assert (bvule pieces passes))
; What must be impossible.
(assert (not (bvule pieces #x0000000000000100)))
(check-sat)
