; Theorem libxl/avoids-domain-ram, obligation region.
; Every region of guests of xl has no address of RAM that the domain uses.
; In xen 4.16.0 to head, 40 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
; Also an obligation of libxl/avoids-iomem, libxl/avoids-layout, libxl/inside-bank.
;
; A region is its part, byte by byte.
(set-logic QF_BV)
(declare-const end (_ BitVec 64))
(declare-const start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; A bank is left from `start`; it ends below 2^52.
(assert (and (bvult end #x0010000000000000) (bvule start #x0010000000000000)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd (bvsub end start) #x0000000000000001)))
(assert (and (bvule start end) (bvule #x0000000004000000 t1) (bvule start x) (bvult x (bvadd start t1)) (not (and (bvule start x) (bvule x end)))))
(check-sat)
