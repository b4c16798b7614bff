; Theorem unallocated/empty-grant-region, obligation skipped.
; An empty grant region takes nothing away.
; In xen 4.18.0 to head, 19 releases.
; xen/arch/arm/domain_build.c: find_unallocated_memory, find_host_extended_regions (21ec0c4226, 89dca886ac,
; c9205a01f7)
;
; Nothing is taken away for it.
(set-logic QF_BV)
(declare-const grant_size (_ BitVec 64))
; Assumption empty-grant-region: the grant region has size 0 (CONFIG_GRANT_TABLE=n: no frames; the start is
; Xen's text as ever (find_gnttab_region))
(assert (= grant_size #x0000000000000000))
; What must be impossible.
(assert (not (= grant_size #x0000000000000000)))
(check-sat)
