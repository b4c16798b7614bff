; Theorem domu-holes/avoids-xen-reg, obligation pass.
; Every region of dom0less guests with the guest layout has no address that xen,reg maps to the domain.
; In xen 4.21.0 to head, 5 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c: find_domU_holes (2a2447757b, 3ef9211896), remove_shm_holes_for_domU (a0fee882c1),
; add_ext_regions
; Also an obligation of iommu-holes/avoids-xen-reg, unallocated/avoids-xen-reg.
;
; The pass for an entry is about the number of each of its bytes.
(set-logic QF_BV)
(declare-const x (_ BitVec 64))
(declare-const xen_reg_size (_ BitVec 64))
(declare-const xen_reg_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule xen_reg_size #xffffffffffffffff) (bvult #x0000000000000000 xen_reg_size) (bvule xen_reg_size #xfffffffffffff000) (bvule xen_reg_start (bvsub #xfffffffffffff000 xen_reg_size))))
; `x` is a byte of the entry.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd xen_reg_start xen_reg_size)))
(assert (and (bvule xen_reg_start x) (bvult x t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x000000000000000c)))
(assert (not (and (bvule (bvlshr xen_reg_start #x000000000000000c) t2) (bvule t2 (bvlshr (bvsub t1 #x0000000000000001) #x000000000000000c)))))
(check-sat)
