; Theorem unallocated/avoids-xen-reg, obligation assigned.
; Every region of dom0 and direct-mapped domains without IOMMU has no address that xen,reg maps to the domain.
; In xen 4.21.0 to head, 5 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
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
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvshl assigned_first #x000000000000000c)))
(assert (not (and (bvule (bvlshr t2 #x000000000000000c) t1) (bvule t1 (bvlshr (bvsub (bvadd t2 (bvsub (bvshl (bvadd assigned_last #x0000000000000001) #x000000000000000c) t2)) #x0000000000000001) #x000000000000000c)))))
(check-sat)
