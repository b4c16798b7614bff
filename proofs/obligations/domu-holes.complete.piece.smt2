; Theorem domu-holes/complete, obligation piece.
; Every region of dom0less guests with the guest layout that qualifies is advertised: each 64 MiB of free space,
; 2 MiB aligned, lies in one.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/complete, unallocated/complete.
;
; The region of the piece has every byte of the chunk.
(set-logic QF_BV)
(declare-const chunk (_ BitVec 64))
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By rangeset/report-bounds the piece begins and ends inside the address space.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr t1 #x000000000000000c)))
(assert (and (bvule piece_first t2) (bvule piece_last t2)))
; `chunk` begins 64 MiB that lie in the address space, at a multiple of 2 MiB.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd chunk #x0000000003ffffff)))
(assert (and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvult chunk #x0010000000000000) (bvule t3 t1)))
; `x` is a byte of the chunk.
(assert (and (bvule chunk x) (bvult x (bvadd chunk #x0000000004000000))))
; By rangeset/one-range the piece holds all numbers of the chunk.
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvlshr chunk #x000000000000000c)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvlshr t3 #x000000000000000c)))
(assert (and (bvule piece_first t4) (bvule t4 piece_last) (bvule piece_first t5) (bvule t5 piece_last)))
; What must be impossible.
(declare-const t6 (_ BitVec 64))
(assert (= t6 (bvsub (bvshl (bvadd piece_last #x0000000000000001) #x000000000000000c) #x0000000000000001)))
(declare-const t7 (_ BitVec 64))
(assert (= t7 (bvand (bvadd (bvshl piece_first #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t8 (_ BitVec 64))
(assert (= t8 (bvand (bvsub (bvadd t6 #x0000000000000001) t7) #xffffffffffe00000)))
(assert (or (bvult t6 t7) (and (not (bvult t6 t7)) (bvule #x0000000004000000 t8) (not (and (bvule t7 x) (bvult x (bvadd t7 t8))))) (and (not (bvult t6 t7)) (not (bvule #x0000000004000000 t8)))))
(check-sat)
