; Theorem unallocated/avoids-grant-region, obligation not-skipped.
; Every region of dom0 and direct-mapped domains without IOMMU has no address of the domain's grant region.
; In xen 4.16.0 to 4.20.4, 20 releases.
; docs/misc/arm/device-tree/guest.txt: regions 1..N of reg: unused address space
; xen/arch/arm/domain_build.c, later xen/common/device-tree/domain-build.c: find_unallocated_memory
; (b6fe410936), find_host_extended_regions (89dca886ac), add_ext_regions
; Also an obligation of unallocated/avoids-grant-region-if-apart.
;
; A grant region that is not empty is not skipped.
(set-logic QF_BV)
(declare-const grant_size (_ BitVec 64))
(declare-const grant_start (_ BitVec 64))
; Assumption grant-region: the grant region is not empty and ends at least one page below 2^64
; (CONFIG_GRANT_TABLE=y; xen/common/grant_table.c grant_table_init)
(assert (and (bvule grant_size #xffffffffffffffff) (bvult #x0000000000000000 grant_size) (bvule grant_size #xfffffffffffff000) (bvule grant_start (bvsub #xfffffffffffff000 grant_size))))
; What must be impossible.
(assert false)
(check-sat)
