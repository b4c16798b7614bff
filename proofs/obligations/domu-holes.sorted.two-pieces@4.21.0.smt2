; Theorem domu-holes/sorted, obligation two-pieces.
; Every region of dom0less guests with the guest layout starts above the end of the one before it in `reg`.
; In xen 4.21.0 to head, 5 releases.
; Linux drivers/xen/unpopulated-alloc.c, arch/arm/xen/enlighten.c: arch_xen_unpopulated_init
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/sorted, unallocated/cap-if-apart, unallocated/cap-if-little-ram,
; unallocated/sorted.
;
; The region of the later piece starts above the end of the other.
(set-logic QF_BV)
(declare-const later_first (_ BitVec 64))
(declare-const later_last (_ BitVec 64))
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By rangeset/report-bounds the piece begins and ends inside the address space.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x000000000000000c)))
(assert (and (bvule piece_first t1) (bvule piece_last t1)))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By rangeset/report-bounds the later begins and ends inside the address space.
(assert (and (bvule later_first t1) (bvule later_last t1)))
; By rangeset/report they ascend, and a number lies between them.
(assert (and (bvult piece_last later_first) (not (bvule (bvsub later_first piece_last) #x0000000000000001))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvsub (bvshl (bvadd piece_last #x0000000000000001) #x000000000000000c) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvand (bvadd (bvshl piece_first #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvand (bvsub (bvadd t2 #x0000000000000001) t3) #xffffffffffe00000)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvsub (bvshl (bvadd later_last #x0000000000000001) #x000000000000000c) #x0000000000000001)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvand (bvadd (bvshl later_first #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(assert (and (not (bvult t2 t3)) (bvule #x0000000004000000 t4) (not (bvult t5 t6)) (bvule #x0000000004000000 (bvand (bvsub (bvadd t5 #x0000000000000001) t6) #xffffffffffe00000)) (not (bvult (bvadd t3 t4) t6))))
(check-sat)
