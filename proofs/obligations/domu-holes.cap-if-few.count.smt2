; Theorem domu-holes/cap-if-few, obligation count.
; Every region of dom0less guests with the guest layout that qualifies is advertised: the cap drops none, if
; sensible-entries and few-entries.
; In xen 4.19.0 to head, 17 releases.
; xen/include/xen/bootinfo.h: NR_MEM_BANKS; libxl MAX_NR_EXT_REGIONS
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of unallocated/cap-if-few.
;
; There are not more pieces than there can be regions.
(set-logic QF_BV)
(declare-const passes (_ BitVec 64))
(declare-const pieces (_ BitVec 64))
; Assumption few-entries: the lists have fewer than 256 entries together: as many regions as there can be, but
; for 4.16.0 (the board and the configuration of the domain)
(assert (bvult passes #x0000000000000100))
; By rangeset/growth every pass makes one range more at most.
(assert (bvule pieces passes))
; What must be impossible.
(assert (not (bvule pieces #x0000000000000100)))
(check-sat)
