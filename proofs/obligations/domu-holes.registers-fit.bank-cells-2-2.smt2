; Theorem domu-holes/registers-fit, obligation bank-cells-2-2.
; Every region of dom0less guests with the guest layout has a start and a size that fit the cells into which
; they are written.
; In xen 4.17.0 to 4.20.4, 27 releases.
; xen/common/device-tree: dt_set_cell; Devicetree Specification 2.3.6, reg
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; What is read of the cells is what was written.
(set-logic QF_BV)
(declare-const rest_block (_ BitVec 64))
(declare-const rest_blocks (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const window_block (_ BitVec 64))
(declare-const window_blocks (_ BitVec 64))
(declare-const window_used (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; Assumption windows: the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB,
; ascend, do not touch and end below 2^52; what a guest uses of each fits it (xen/include/public/arch-arm.h
; GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`)
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl window_blocks #x0000000000000015)))
(assert (and (bvult window_block #x0000000080000000) (bvult #x0000000000000000 window_blocks) (bvult window_blocks #x0000000080000000) (bvult (bvadd window_block window_blocks) #x0000000080000000) (bvule window_used t1)))
; By domu-holes/rest it is one of whole blocks below 2^52.
(assert (and (bvult rest_block #x0000000080000000) (bvult #x0000000000000000 rest_blocks) (bvult rest_blocks #x0000000080000000) (bvult (bvadd rest_block rest_blocks) #x0000000080000000)))
; By domu-holes/rest it lies in the unused part of its window.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl rest_blocks #x0000000000000015)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl window_block #x0000000000000015)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvshl rest_block #x0000000000000015)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvadd t4 t2)))
(assert (and (bvule #x0000000004000000 t2) (bvule (bvadd t3 window_used) t4) (bvule t5 (bvadd t3 t1)) (bvule t5 (bvadd (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x0000000000000001))))
; What must be impossible.
(assert (not (and (= (bvand t4 #xffffffffffffffff) t4) (= (bvand t2 #xffffffffffffffff) t2))))
(check-sat)
