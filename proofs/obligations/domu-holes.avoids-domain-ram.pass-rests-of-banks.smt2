; Theorem domu-holes/avoids-domain-ram, obligation pass-rests-of-banks.
; Every region of dom0less guests with the guest layout has no address of RAM that the domain uses.
; In xen 4.19.0 to head, 17 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
;
; What is added starts above every byte of RAM.
(set-logic QF_BV)
(declare-const rest_block (_ BitVec 64))
(declare-const rest_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; By domu-holes/rest it is one of whole blocks below 2^52.
(assert (and (bvult rest_block #x0000000080000000) (bvult #x0000000000000000 rest_blocks) (bvult rest_blocks #x0000000080000000) (bvult (bvadd rest_block rest_blocks) #x0000000080000000)))
; `x` lies below the rest (obligation rest).
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvshl rest_block #x0000000000000015)))
(assert (bvult x t1))
; What must be impossible.
(assert (not (bvult (bvlshr x #x000000000000000c) (bvlshr t1 #x000000000000000c))))
(check-sat)
