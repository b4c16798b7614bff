; Theorem domu-holes/avoids-xen-reg, obligation assigned.
; Every region of dom0less guests with the guest layout has no address that xen,reg maps to the domain.
; In xen 4.21.0 to head, 5 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/avoids-xen-reg.
;
; The pass for the range of the set that holds it is about it.
(set-logic QF_BV)
(declare-const assigned_first (_ BitVec 64))
(declare-const assigned_last (_ BitVec 64))
(declare-const space_blocks (_ BitVec 64))
(declare-const x (_ BitVec 64))
; By rangeset/add a range of the set is in order; sensible-entries says where its entries end.
(assert (and (bvule assigned_first assigned_last) (bvule assigned_last #x000ffffffffffffe)))
; The number lies in the address space: no other is reported.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr x #x000000000000000c)))
(assert (bvule t1 (bvlshr (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x000000000000000c)))
; By rangeset/add some range of the set holds the number.
(assert (and (bvule assigned_first t1) (bvule t1 assigned_last)))
; What must be impossible.
(assert (not (and (bvule assigned_first t1) (bvule t1 assigned_last))))
(check-sat)
