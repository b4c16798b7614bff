; Theorem libxl/complete, obligation region.
; Every region of guests of xl that qualifies is advertised: each 64 MiB of free space, 2 MiB aligned, lies in
; one.
; In xen 4.16.0 to head, 40 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; The region of what has the chunk has all of it.
(set-logic QF_BV)
(declare-const chunk (_ BitVec 64))
(declare-const end (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; A bank is left from `start`; it ends below 2^52.
(assert (and (bvult end #x0010000000000000) (bvule start #x0010000000000000)))
; `chunk` begins 64 MiB of what is left.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd chunk #x0000000003ffffff)))
(assert (and (= (bvand chunk #x00000000001fffff) #x0000000000000000) (bvult chunk #x0010000000000000) (bvule t1 (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001)) (bvule start chunk) (bvule t1 end)))
; `x` is a byte of it.
(assert (and (bvule chunk x) (bvult x (bvadd chunk #x0000000004000000))))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvadd (bvsub end start) #x0000000000000001)))
(assert (or (and (bvule start end) (bvule #x0000000004000000 t2) (not (and (bvule start x) (bvult x (bvadd start t2))))) (and (bvule start end) (not (bvule #x0000000004000000 t2))) (not (bvule start end))))
(check-sat)
