; Theorem page-tables/reach-is-exact, obligation width-40.
; The P2M takes exactly the addresses below the reach that the models have of its width.
; In xen 4.4.0 to head, 71 releases.
; xen/arch/arm/p2m.c: setup_virt_paging, p2m_get_root_pointer (88aaf40eef: XSA-301)
; Arm ARM DDI 0487: D8.2, concatenated translation tables of stage 2
;
; A root table is found if and only if the address is below the reach. (40 bits)
(set-logic QF_BV)
(declare-const x (_ BitVec 64))
; What must be impossible.
(assert (not (and (or (not (bvult (bvlshr x #x0000000000000027) #x0000000000000002)) (bvult x #x0000010000000000)) (or (bvult (bvlshr x #x0000000000000027) #x0000000000000002) (not (bvult x #x0000010000000000))))))
(check-sat)
