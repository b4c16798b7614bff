; Theorem domu-holes/registers-fit, obligation piece-cells-2-2.
; Every region of dom0less guests with the guest layout has a start and a size that fit the cells into which
; they are written.
; In xen 4.21.0 to head, 5 releases.
; xen/common/device-tree: dt_set_cell; Devicetree Specification 2.3.6, reg
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; What is read of the cells is what was written.
(set-logic QF_BV)
(declare-const piece_first (_ BitVec 64))
(declare-const piece_last (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By rangeset/report the piece is a range inside the address space.
(assert (and (bvule piece_first piece_last) (bvule piece_last (bvlshr (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x000000000000000c))))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvshl (bvadd piece_last #x0000000000000001) #x000000000000000c) #x0000000000000001)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvand (bvadd (bvshl piece_first #x000000000000000c) #x00000000001fffff) #xffffffffffe00000)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvand (bvsub (bvadd t1 #x0000000000000001) t2) #xffffffffffe00000)))
(assert (and (not (bvult t1 t2)) (bvule #x0000000004000000 t3) (not (and (= (bvand t2 #xffffffffffffffff) t2) (= (bvand t3 #xffffffffffffffff) t3)))))
(check-sat)
