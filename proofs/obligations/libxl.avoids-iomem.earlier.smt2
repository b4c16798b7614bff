; Theorem libxl/avoids-iomem, obligation earlier.
; Every region of guests of xl has no address that iomem maps to the domain.
; In xen 4.21.0 to head, 5 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; A part that an earlier pass cuts off ends below the entry.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const entry_gfn (_ BitVec 64))
(declare-const entry_number (_ BitVec 64))
(declare-const other_gfn (_ BitVec 64))
(declare-const other_number (_ BitVec 64))
(declare-const start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption iomem-fits: every iomem entry has at least one page, and ends below 2^52 (xen/common/domctl.c
; XEN_DOMCTL_memory_mapping refuses others, and the guest is not created)
(assert (and (bvult #x0000000000000000 entry_number) (bvule entry_number #x0000010000000000) (bvule entry_gfn (bvsub #x0000010000000000 entry_number))))
; Assumption iomem-fits: every iomem entry has at least one page, and ends below 2^52 (xen/common/domctl.c
; XEN_DOMCTL_memory_mapping refuses others, and the guest is not created)
(assert (and (bvult #x0000000000000000 other_number) (bvule other_number #x0000010000000000) (bvule other_gfn (bvsub #x0000010000000000 other_number))))
; A bank is left from `start`; it ends below 2^52.
(assert (and (bvult end #x0010000000000000) (bvule start #x0010000000000000)))
; By libxl/sort the entries come in order of their frames.
(assert (bvule other_gfn entry_gfn))
; `x` is a byte of the entry.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl entry_gfn #x000000000000000c)))
(assert (and (bvule t1 x) (bvult x (bvadd t1 (bvshl entry_number #x000000000000000c)))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvsub (bvshl (bvadd other_gfn other_number) #x000000000000000c) #x0000000000000001)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvshl other_gfn #x000000000000000c)))
(assert (or (and (bvule start t2) (bvule t3 end) (bvult start t3) (bvult end (bvadd t2 #x0000000000000001)) (not (bvult (bvsub t3 #x0000000000000001) x))) (and (bvule start t2) (bvule t3 end) (bvult start t3) (not (bvult end (bvadd t2 #x0000000000000001))) (not (bvult (bvsub t3 #x0000000000000001) x)))))
(check-sat)
