; Theorem page-tables/own-entry, obligation width-44.
; What the P2M finds for an address is the entry of that address.
; In xen 4.4.0 to head, 71 releases.
; xen/arch/arm/p2m.c: setup_virt_paging, p2m_get_root_pointer (88aaf40eef: XSA-301)
; Arm ARM DDI 0487: D8.2, concatenated translation tables of stage 2
;
; The bits that index tables are all bits of an address that is taken. (44 bits)
(set-logic QF_BV)
(declare-const x (_ BitVec 64))
; What must be impossible.
(assert (and (bvult (bvlshr x #x0000000000000030) #x0000000000000001) (not (= (bvand x #x0000ffffffffffff) x))))
(check-sat)
