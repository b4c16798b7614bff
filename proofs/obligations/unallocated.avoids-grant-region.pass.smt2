; Theorem unallocated/avoids-grant-region, obligation pass.
; Every region of dom0 and direct-mapped domains without IOMMU has no address of the domain's grant region.
; In xen 4.16.0 to 4.17.7, 16 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; Also an obligation of unallocated/avoids-grant-region-if-apart.
;
; The pass for an entry is about the number of each of its bytes.
(set-logic QF_BV)
(declare-const grant_size (_ BitVec 64))
(declare-const grant_start (_ BitVec 64))
(declare-const x (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule grant_size #xffffffffffffffff) (bvult #x0000000000000000 grant_size) (bvule grant_size #xfffffffffffff000) (bvule grant_start (bvsub #xfffffffffffff000 grant_size))))
; `x` is a byte of the entry.
(declare-const t1 (_ BitVec 64))
(assert (= t1 (bvadd grant_start grant_size)))
(assert (and (bvule grant_start x) (bvult x t1)))
; What must be impossible.
(declare-const t2 (_ BitVec 64))
(assert (= t2 (bvlshr x #x0000000000000000)))
(assert (not (and (bvule (bvlshr grant_start #x0000000000000000) t2) (bvule t2 (bvlshr (bvsub t1 #x0000000000000001) #x0000000000000000)))))
(check-sat)
