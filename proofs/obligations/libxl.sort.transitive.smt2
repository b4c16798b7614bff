; Theorem libxl/sort, obligation transitive.
; The order in which libxl has sorted its iomem entries is that of their guest frames.
; In xen 4.21.0 to head, 5 releases.
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; What is not after a second, which is not after a third, is not after the third.
(set-logic QF_BV)
(declare-const entry_gfn (_ BitVec 64))
(declare-const other_gfn (_ BitVec 64))
(declare-const third_gfn (_ BitVec 64))
; What must be impossible.
(assert (or (and (bvult entry_gfn other_gfn) (bvult other_gfn third_gfn) (not (bvult entry_gfn third_gfn)) (bvult third_gfn entry_gfn)) (and (bvult entry_gfn other_gfn) (not (bvult other_gfn third_gfn)) (not (bvult third_gfn other_gfn)) (not (bvult entry_gfn third_gfn)) (bvult third_gfn entry_gfn)) (and (not (bvult entry_gfn other_gfn)) (not (bvult other_gfn entry_gfn)) (bvult other_gfn third_gfn) (not (bvult entry_gfn third_gfn)) (bvult third_gfn entry_gfn)) (and (not (bvult entry_gfn other_gfn)) (not (bvult other_gfn entry_gfn)) (not (bvult other_gfn third_gfn)) (not (bvult third_gfn other_gfn)) (not (bvult entry_gfn third_gfn)) (bvult third_gfn entry_gfn))))
(check-sat)
