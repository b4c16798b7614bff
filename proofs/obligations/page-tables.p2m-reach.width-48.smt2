; Theorem page-tables/p2m-reach, obligation width-48.
; Each address below 2^b has a root table in the P2M.
; In xen 4.4.0 to head, 71 releases.
; xen/arch/arm/p2m.c: setup_virt_paging, p2m_get_root_pointer (88aaf40eef: XSA-301)
; Arm ARM DDI 0487: D8.2, concatenated translation tables of stage 2
;
; A root table is found for each address below 2^b. (48 bits)
(set-logic QF_BV)
(declare-const x (_ BitVec 64))
; What must be impossible.
(assert (and (bvult x #x0001000000000000) (not (bvult (bvlshr x #x0000000000000030) #x0000000000000001))))
(check-sat)
