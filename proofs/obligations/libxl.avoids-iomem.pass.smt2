; Theorem libxl/avoids-iomem, obligation pass.
; Every region of guests of xl has no address that iomem maps to the domain.
; In xen 4.21.0 to head, 5 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; Its own pass leaves nothing of it, and its part ends below it.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const entry_gfn (_ BitVec 64))
(declare-const entry_number (_ BitVec 64))
(declare-const start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption iomem-fits: every iomem entry has at least one page, and ends below 2^52 (xen/common/domctl.c
; XEN_DOMCTL_memory_mapping refuses others, and the guest is not created)
(assert (and (bvult #x0000000000000000 entry_number) (bvule entry_number #x0000010000000000) (bvule entry_gfn (bvsub #x0000010000000000 entry_number))))
; A bank is left from `start`; it ends below 2^52.
(assert (and (bvult end #x0010000000000000) (bvule start #x0010000000000000)))
; `x` is a byte of the entry.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl entry_gfn #x000000000000000c)))
(assert (and (bvule t1 x) (bvult x (bvadd t1 (bvshl entry_number #x000000000000000c)))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvsub (bvshl (bvadd entry_gfn entry_number) #x000000000000000c) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t2 #x0000000000000001)))
(assert (or (and (bvule start t2) (bvule t1 end) (bvult start t1) (bvult end t3) (not (and (or (bvult x t3) (bvult end x)) (bvult (bvsub t1 #x0000000000000001) x)))) (and (bvule start t2) (bvule t1 end) (bvult start t1) (not (bvult end t3)) (not (and (or (bvult x t3) (bvult end x)) (bvult (bvsub t1 #x0000000000000001) x)))) (and (bvule start t2) (bvule t1 end) (not (bvult start t1)) (bvult end t3) (not (or (bvult x t3) (bvult end x)))) (and (bvule start t2) (bvule t1 end) (not (bvult start t1)) (not (bvult end t3)) (not (or (bvult x t3) (bvult end x)))) (and (bvule start t2) (not (bvule t1 end)) (not (or (bvult x start) (bvult end x)))) (and (not (bvule start t2)) (not (or (bvult x start) (bvult end x))))))
(check-sat)
