; Theorem iommu-holes/preconditions-if-sensible, obligation pass-address-space.
; Every region of dom0 and direct-mapped domains with IOMMU comes from range operations whose start was not
; above their end, if sensible-entries.
; In xen 4.16.0 to 4.17.7, 16 releases.
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range
; xen/arch/arm/domain_build.c: find_memory_holes, handle_pci_range, add_ext_regions (b6fe410936)
;
; A pass is asked for a range whose start is not above its end, and which ends below the last number.
(set-logic QF_BV)
(declare-const space_blocks (_ BitVec 64))
; Assumption width: the address space ends with 2^b - 1, b from 21 to 52 (xen/arch/arm/p2m.c setup_virt_paging:
; 32 to 48)
(assert (and (bvult #x0000000000000000 space_blocks) (bvule space_blocks #x0000000080000000)))
; What must be impossible.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvlshr (bvsub (bvshl space_blocks #x0000000000000015) #x0000000000000001) #x0000000000000000)))
(assert (not (and (bvule #x0000000000000000 t1) (bvult t1 #xffffffffffffffff))))
(check-sat)
