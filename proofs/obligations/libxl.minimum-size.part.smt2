; Theorem libxl/minimum-size, obligation part.
; Every region of guests of xl has 64 MiB or more.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/domain_build.c: b6fe410936: 2 MiB alignment, 64 MiB at least
; Linux drivers/xen/unpopulated-alloc.c, arch/arm/xen/enlighten.c: arch_xen_unpopulated_init
; tools/libs/light/libxl_arm.c: finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)
;
; The size is 64 MiB or more.
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
(assert (and (bvule start end) (bvule #x0000000004000000 (bvadd (bvsub end start) #x0000000000000001)) (not (bvule #x0000000004000000 (bvadd (bvsub end start) #x0000000000000001)))))
(check-sat)
