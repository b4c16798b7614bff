; Theorem libxl/parts, obligation pass.
; The parts of a bank between iomem entries ascend, apart, from page to page, inside its rest.
; In xen 4.21.0 to head, 5 releases.
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; A part ends below its entry, what is left then begins above it; at pages, never before what was left.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const entry_gfn (_ BitVec 64))
(declare-const entry_number (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption iomem-fits: every iomem entry has at least one page, and ends below 2^52 (xen/common/domctl.c
; XEN_DOMCTL_memory_mapping refuses others, and the guest is not created)
(assert (and (bvult #x0000000000000000 entry_number) (bvule entry_number #x0000010000000000) (bvule entry_gfn (bvsub #x0000010000000000 entry_number))))
; A bank is left from `start`; it ends below 2^52.
(assert (and (bvult end #x0010000000000000) (bvule start #x0010000000000000)))
; What is left begins at a page, and the bank ends with one.
(assert (and (= (bvand start #x0000000000000fff) #x0000000000000000) (= (bvand (bvadd end #x0000000000000001) #x0000000000000fff) #x0000000000000000)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvsub (bvshl (bvadd entry_gfn entry_number) #x000000000000000c) #x0000000000000001)))
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl entry_gfn #x000000000000000c)))
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvadd t1 #x0000000000000001)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvsub t2 #x0000000000000001)))
(declare-const t5 (_ BitVec 64))
(assert (= t5 (bvadd t4 #x0000000000000001)))
(assert (or (and (bvule start t1) (bvule t2 end) (bvult start t2) (bvult end t3) (not (and (bvult end t3) (bvule start t3) (bvule t3 #x0010000000000000) (= (bvand t3 #x0000000000000fff) #x0000000000000000) (= start start) (bvule start t4) (bvult t4 t3) (bvult t4 end) (bvult t5 t3) (= (bvand t5 #x0000000000000fff) #x0000000000000000)))) (and (bvule start t1) (bvule t2 end) (bvult start t2) (not (bvult end t3)) (not (and (bvule start t3) (bvule t3 #x0010000000000000) (= (bvand t3 #x0000000000000fff) #x0000000000000000) (= start start) (bvule start t4) (bvult t4 t3) (bvult t4 end) (bvult t5 t3) (= (bvand t5 #x0000000000000fff) #x0000000000000000)))) (and (bvule start t1) (bvule t2 end) (not (bvult start t2)) (bvult end t3) (not (and (bvult end t3) (bvule start t3) (bvule t3 #x0010000000000000) (= (bvand t3 #x0000000000000fff) #x0000000000000000)))) (and (bvule start t1) (bvule t2 end) (not (bvult start t2)) (not (bvult end t3)) (not (and (bvule start t3) (bvule t3 #x0010000000000000) (= (bvand t3 #x0000000000000fff) #x0000000000000000)))) (and (bvule start t1) (not (bvule t2 end)) (not (and (bvule start start) (bvule start #x0010000000000000) (= (bvand start #x0000000000000fff) #x0000000000000000)))) (and (not (bvule start t1)) (not (and (bvule start start) (bvule start #x0010000000000000) (= (bvand start #x0000000000000fff) #x0000000000000000))))))
(check-sat)
