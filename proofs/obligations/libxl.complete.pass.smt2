; Theorem libxl/complete, obligation pass.
; Every region of guests of xl that qualifies is advertised: each 64 MiB of free space, 2 MiB aligned, lies in
; one.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; A pass leaves the chunk, or its part has it.
(set-logic QF_BV)
(declare-const chunk (_ BitVec 64))
(declare-const end (_ BitVec 64))
(declare-const entry_gfn (_ BitVec 64))
(declare-const entry_number (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const start (_ BitVec 64))
; Assumption iomem-fits: every iomem entry has at least one page, and ends below 2^52 (xen/common/domctl.c
; XEN_DOMCTL_memory_mapping refuses others, and the guest is not created)
(assert (and (bvult #x0000000000000000 entry_number) (bvule entry_number #x0000010000000000) (bvule entry_gfn (bvsub #x0000010000000000 entry_number))))
; A bank is left from `start`; it ends below 2^52.
(assert (and (bvult end #x0010000000000000) (bvule start #x0010000000000000)))
; `chunk` begins 64 MiB of what is left.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd chunk #x0000000003ffffff)))
(assert (and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvult chunk #x0010000000000000) (bvule t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)) (bvule start chunk) (bvule t1 end)))
; The entry shares no byte with it.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl entry_gfn #x000000000000000c)))
(assert (or (bvule (bvadd t2 (bvshl entry_number #x000000000000000c)) chunk) (bvule (bvadd chunk #x0000000004000000) t2)))
; What must be impossible.
(declare-const t3 (_ BitVec 64))
(assert (= t3 (bvsub (bvshl (bvadd entry_gfn entry_number) #x000000000000000c) #x0000000000000001)))
(declare-const t4 (_ BitVec 64))
(assert (= t4 (bvadd t3 #x0000000000000001)))
(assert (or (and (bvule start t3) (bvule t2 end) (bvult start t2) (bvult end t4) (not (or (bvule t4 chunk) (and (bvule start chunk) (bvule t1 (bvsub t2 #x0000000000000001)))))) (and (bvule start t3) (bvule t2 end) (bvult start t2) (not (bvult end t4)) (not (or (bvule t4 chunk) (and (bvule start chunk) (bvule t1 (bvsub t2 #x0000000000000001)))))) (and (bvule start t3) (bvule t2 end) (not (bvult start t2)) (bvult end t4) (not (bvule t4 chunk))) (and (bvule start t3) (bvule t2 end) (not (bvult start t2)) (not (bvult end t4)) (not (bvule t4 chunk))) (and (bvule start t3) (not (bvule t2 end)) (not (bvule start chunk))) (and (not (bvule start t3)) (not (bvule start chunk)))))
(check-sat)
