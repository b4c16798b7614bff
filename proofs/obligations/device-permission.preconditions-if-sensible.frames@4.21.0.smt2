; Theorem device-permission/preconditions-if-sensible, obligation frames.
; Permissions are asked for by ranges whose start is not above their end, if sensible-entries.
; In xen 4.21.0 to head, 5 releases.
; xen/arch/arm/device.c: map_range_to_domain (33233c2758, 88c10b0d6e, 9568ceb287), before in domain_build.c
; xen/common/rangeset.c: ASSERT(s <= e) of rangeset_add_range, called by iomem_permit_access
;
; The range has its start not above its end.
(set-logic QF_BV)
(declare-const reg_size (_ BitVec 64))
(declare-const reg_start (_ BitVec 64))
; Assumption sensible-entries: every entry of every list has a size above 0 and ends at least one page below
; 2^64 (who writes the device tree; Xen does not check it)
(assert (and (bvule reg_size #xffffffffffffffff) (bvult #x0000000000000000 reg_size) (bvule reg_size #xfffffffffffff000) (bvule reg_start (bvsub #xfffffffffffff000 reg_size))))
; What must be impossible.
(assert (not (bvule (bvlshr reg_start #x000000000000000c) (bvlshr (bvsub (bvadd reg_start reg_size) #x0000000000000001) #x000000000000000c))))
(check-sat)
