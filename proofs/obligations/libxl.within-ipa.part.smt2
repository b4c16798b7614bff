; Theorem libxl/within-ipa, obligation part.
; Every region of guests of xl ends at or below 2^b, and its end does not wrap.
; In xen 4.21.0 to head, 5 releases.
; Arm ARM DDI 0487: D8.2, stage 2 input address size, VTCR_EL2.T0SZ
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; It ends in the address space, without wrapping.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; By libxl/parts a part begins and ends at a page inside the address space.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)))
(assert (and (bvule start (bvadd t1 #x0000000000000001)) (bvule end t1) (= (bvand start #x0000000000000fff) #x0000000000000000) (= (bvand (bvadd end #x0000000000000001) #x0000000000000fff) #x0000000000000000)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvadd (bvsub end start) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd start (bvsub t2 #x0000000000000001))))
(assert (and (bvule start end) (bvule #x0000000004000000 t2) (not (and (bvult #x0000000000000000 t2) (bvule start t3) (bvule t3 t1)))))
(check-sat)
