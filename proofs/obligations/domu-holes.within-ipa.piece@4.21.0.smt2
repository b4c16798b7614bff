; Theorem domu-holes/within-ipa, obligation piece.
; Every region of dom0less guests with the guest layout ends at or below 2^b, and its end does not wrap.
; In xen 4.21.0 to head, 5 releases.
; Arm ARM DDI 0487: D8.2, stage 2 input address size, VTCR_EL2.T0SZ
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/within-ipa, unallocated/within-ipa.
;
; It ends in the address space, without wrapping.
(set-logic QF_BV)
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By rangeset/report-bounds the piece begins and ends inside the address space.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr t1 #x000000000000000c)))
(assert (and (bvule piece_first t2) (bvule piece_last t2)))
; What must be impossible.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvsub (bvshl (bvadd piece_last #x0000000000000001) #x000000000000000c) #x0000000000000001)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvand (bvadd (bvshl piece_first #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvand (bvsub (bvadd t3 #x0000000000000001) t4) #xffffffffffe00000)))
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvadd t4 (bvsub t5 #x0000000000000001))))
(assert (and (not (bvult t3 t4)) (bvule #x0000000004000000 t5) (not (and (bvult #x0000000000000000 t5) (bvule t4 t6) (bvule t6 t1)))))
(check-sat)
