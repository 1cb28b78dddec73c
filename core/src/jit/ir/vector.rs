//! What vector instructions do: the table of all operators on vectors.
//!
//! In: nothing. Out: [`Vector`], and [`for_each_vector`], from which the front makes the methods of its visitor and
//! lowering its patterns. A row is an operator, what it gives where that differs, the visitor's method, and how it
//! is lowered, which only lowering reads.

use super::Ty;

/// Hands all rows to a macro: those of one, two and three vectors, shifts by an integer, answers about a vector as an
/// integer, vectors of one value, lanes taken out and put in, and relaxed operators, which are others again.
macro_rules! for_each_vector {
    ($make:ident) => {
        $make! {
            unary {
            V128Not visit_v128_not (by invert());
            I8x16Abs visit_i8x16_abs (one Pabsb);
            I8x16Neg visit_i8x16_neg (by negate(Psubb));
            I8x16Popcnt visit_i8x16_popcnt (by count_bits());
            I16x8ExtAddPairwiseI8x16S visit_i16x8_extadd_pairwise_i8x16_s (by add_pairs_of_bytes());
            I16x8ExtAddPairwiseI8x16U visit_i16x8_extadd_pairwise_i8x16_u (with Pmaddubsw ONES_8);
            I16x8Abs visit_i16x8_abs (one Pabsw);
            I16x8Neg visit_i16x8_neg (by negate(Psubw));
            I16x8ExtendLowI8x16S visit_i16x8_extend_low_i8x16_s (one Pmovsxbw);
            I16x8ExtendHighI8x16S visit_i16x8_extend_high_i8x16_s (by extend_high(Pmovsxbw));
            I16x8ExtendLowI8x16U visit_i16x8_extend_low_i8x16_u (one Pmovzxbw);
            I16x8ExtendHighI8x16U visit_i16x8_extend_high_i8x16_u (with Punpckhbw ZERO);
            I32x4ExtAddPairwiseI16x8S visit_i32x4_extadd_pairwise_i16x8_s (with Pmaddwd ONES_16);
            I32x4ExtAddPairwiseI16x8U visit_i32x4_extadd_pairwise_i16x8_u (by add_pairs_of_words());
            I32x4Abs visit_i32x4_abs (one Pabsd);
            I32x4Neg visit_i32x4_neg (by negate(Psubd));
            I32x4ExtendLowI16x8S visit_i32x4_extend_low_i16x8_s (one Pmovsxwd);
            I32x4ExtendHighI16x8S visit_i32x4_extend_high_i16x8_s (by extend_high(Pmovsxwd));
            I32x4ExtendLowI16x8U visit_i32x4_extend_low_i16x8_u (one Pmovzxwd);
            I32x4ExtendHighI16x8U visit_i32x4_extend_high_i16x8_u (with Punpckhwd ZERO);
            I64x2Abs visit_i64x2_abs (by absolute_quads());
            I64x2Neg visit_i64x2_neg (by negate(Psubq));
            I64x2ExtendLowI32x4S visit_i64x2_extend_low_i32x4_s (one Pmovsxdq);
            I64x2ExtendHighI32x4S visit_i64x2_extend_high_i32x4_s (by extend_high(Pmovsxdq));
            I64x2ExtendLowI32x4U visit_i64x2_extend_low_i32x4_u (one Pmovzxdq);
            I64x2ExtendHighI32x4U visit_i64x2_extend_high_i32x4_u (with Punpckhdq ZERO);
            F32x4Ceil visit_f32x4_ceil (one Roundps 10);
            F32x4Floor visit_f32x4_floor (one Roundps 9);
            F32x4Trunc visit_f32x4_trunc (one Roundps 11);
            F32x4Nearest visit_f32x4_nearest (one Roundps 8);
            F32x4Abs visit_f32x4_abs (with Andps MAGNITUDE_32);
            F32x4Neg visit_f32x4_neg (with Xorps SIGN_32);
            F32x4Sqrt visit_f32x4_sqrt (one Sqrtps);
            F64x2Ceil visit_f64x2_ceil (one Roundpd 10);
            F64x2Floor visit_f64x2_floor (one Roundpd 9);
            F64x2Trunc visit_f64x2_trunc (one Roundpd 11);
            F64x2Nearest visit_f64x2_nearest (one Roundpd 8);
            F64x2Abs visit_f64x2_abs (with Andps MAGNITUDE_64);
            F64x2Neg visit_f64x2_neg (with Xorps SIGN_64);
            F64x2Sqrt visit_f64x2_sqrt (one Sqrtpd);
            I32x4TruncSatF32x4S visit_i32x4_trunc_sat_f32x4_s (by truncate_floats_s());
            I32x4TruncSatF32x4U visit_i32x4_trunc_sat_f32x4_u (by truncate_floats_u());
            F32x4ConvertI32x4S visit_f32x4_convert_i32x4_s (one Cvtdq2ps);
            F32x4ConvertI32x4U visit_f32x4_convert_i32x4_u (by convert_doubles_u());
            I32x4TruncSatF64x2SZero visit_i32x4_trunc_sat_f64x2_s_zero (by truncate_doubles_s());
            I32x4TruncSatF64x2UZero visit_i32x4_trunc_sat_f64x2_u_zero (by truncate_doubles_u());
            F64x2ConvertLowI32x4S visit_f64x2_convert_low_i32x4_s (one Cvtdq2pd);
            F64x2ConvertLowI32x4U visit_f64x2_convert_low_i32x4_u (by convert_low_u());
            F32x4DemoteF64x2Zero visit_f32x4_demote_f64x2_zero (one Cvtpd2ps);
            F64x2PromoteLowF32x4 visit_f64x2_promote_low_f32x4 (one Cvtps2pd);
            }
            binary {
            I8x16Swizzle visit_i8x16_swizzle (by swizzle());
            I8x16Eq visit_i8x16_eq (one Pcmpeqb);
            I8x16Ne visit_i8x16_ne (not Pcmpeqb);
            I8x16LtS visit_i8x16_lt_s (swap Pcmpgtb);
            I8x16LtU visit_i8x16_lt_u (not_pair Pmaxub Pcmpeqb);
            I8x16GtS visit_i8x16_gt_s (one Pcmpgtb);
            I8x16GtU visit_i8x16_gt_u (not_pair Pminub Pcmpeqb);
            I8x16LeS visit_i8x16_le_s (pair Pminsb Pcmpeqb);
            I8x16LeU visit_i8x16_le_u (pair Pminub Pcmpeqb);
            I8x16GeS visit_i8x16_ge_s (pair Pmaxsb Pcmpeqb);
            I8x16GeU visit_i8x16_ge_u (pair Pmaxub Pcmpeqb);
            I16x8Eq visit_i16x8_eq (one Pcmpeqw);
            I16x8Ne visit_i16x8_ne (not Pcmpeqw);
            I16x8LtS visit_i16x8_lt_s (swap Pcmpgtw);
            I16x8LtU visit_i16x8_lt_u (not_pair Pmaxuw Pcmpeqw);
            I16x8GtS visit_i16x8_gt_s (one Pcmpgtw);
            I16x8GtU visit_i16x8_gt_u (not_pair Pminuw Pcmpeqw);
            I16x8LeS visit_i16x8_le_s (pair Pminsw Pcmpeqw);
            I16x8LeU visit_i16x8_le_u (pair Pminuw Pcmpeqw);
            I16x8GeS visit_i16x8_ge_s (pair Pmaxsw Pcmpeqw);
            I16x8GeU visit_i16x8_ge_u (pair Pmaxuw Pcmpeqw);
            I32x4Eq visit_i32x4_eq (one Pcmpeqd);
            I32x4Ne visit_i32x4_ne (not Pcmpeqd);
            I32x4LtS visit_i32x4_lt_s (swap Pcmpgtd);
            I32x4LtU visit_i32x4_lt_u (not_pair Pmaxud Pcmpeqd);
            I32x4GtS visit_i32x4_gt_s (one Pcmpgtd);
            I32x4GtU visit_i32x4_gt_u (not_pair Pminud Pcmpeqd);
            I32x4LeS visit_i32x4_le_s (pair Pminsd Pcmpeqd);
            I32x4LeU visit_i32x4_le_u (pair Pminud Pcmpeqd);
            I32x4GeS visit_i32x4_ge_s (pair Pmaxsd Pcmpeqd);
            I32x4GeU visit_i32x4_ge_u (pair Pmaxud Pcmpeqd);
            I64x2Eq visit_i64x2_eq (one Pcmpeqq);
            I64x2Ne visit_i64x2_ne (not Pcmpeqq);
            I64x2LtS visit_i64x2_lt_s (by quads_greater(true, false));
            I64x2GtS visit_i64x2_gt_s (by quads_greater(false, false));
            I64x2LeS visit_i64x2_le_s (by quads_greater(false, true));
            I64x2GeS visit_i64x2_ge_s (by quads_greater(true, true));
            F32x4Eq visit_f32x4_eq (one Cmpps 0);
            F32x4Ne visit_f32x4_ne (one Cmpps 4);
            F32x4Lt visit_f32x4_lt (one Cmpps 1);
            F32x4Gt visit_f32x4_gt (swap Cmpps 1);
            F32x4Le visit_f32x4_le (one Cmpps 2);
            F32x4Ge visit_f32x4_ge (swap Cmpps 2);
            F64x2Eq visit_f64x2_eq (one Cmppd 0);
            F64x2Ne visit_f64x2_ne (one Cmppd 4);
            F64x2Lt visit_f64x2_lt (one Cmppd 1);
            F64x2Gt visit_f64x2_gt (swap Cmppd 1);
            F64x2Le visit_f64x2_le (one Cmppd 2);
            F64x2Ge visit_f64x2_ge (swap Cmppd 2);
            V128And visit_v128_and (one Pand);
            V128AndNot visit_v128_andnot (swap Pandn);
            V128Or visit_v128_or (one Por);
            V128Xor visit_v128_xor (one Pxor);
            I8x16NarrowI16x8S visit_i8x16_narrow_i16x8_s (one Packsswb);
            I8x16NarrowI16x8U visit_i8x16_narrow_i16x8_u (one Packuswb);
            I8x16Add visit_i8x16_add (one Paddb);
            I8x16AddSatS visit_i8x16_add_sat_s (one Paddsb);
            I8x16AddSatU visit_i8x16_add_sat_u (one Paddusb);
            I8x16Sub visit_i8x16_sub (one Psubb);
            I8x16SubSatS visit_i8x16_sub_sat_s (one Psubsb);
            I8x16SubSatU visit_i8x16_sub_sat_u (one Psubusb);
            I8x16MinS visit_i8x16_min_s (one Pminsb);
            I8x16MinU visit_i8x16_min_u (one Pminub);
            I8x16MaxS visit_i8x16_max_s (one Pmaxsb);
            I8x16MaxU visit_i8x16_max_u (one Pmaxub);
            I8x16AvgrU visit_i8x16_avgr_u (one Pavgb);
            I16x8Q15MulrSatS visit_i16x8_q15mulr_sat_s (by multiply_q15());
            I16x8NarrowI32x4S visit_i16x8_narrow_i32x4_s (one Packssdw);
            I16x8NarrowI32x4U visit_i16x8_narrow_i32x4_u (one Packusdw);
            I16x8Add visit_i16x8_add (one Paddw);
            I16x8AddSatS visit_i16x8_add_sat_s (one Paddsw);
            I16x8AddSatU visit_i16x8_add_sat_u (one Paddusw);
            I16x8Sub visit_i16x8_sub (one Psubw);
            I16x8SubSatS visit_i16x8_sub_sat_s (one Psubsw);
            I16x8SubSatU visit_i16x8_sub_sat_u (one Psubusw);
            I16x8Mul visit_i16x8_mul (one Pmullw);
            I16x8MinS visit_i16x8_min_s (one Pminsw);
            I16x8MinU visit_i16x8_min_u (one Pminuw);
            I16x8MaxS visit_i16x8_max_s (one Pmaxsw);
            I16x8MaxU visit_i16x8_max_u (one Pmaxuw);
            I16x8AvgrU visit_i16x8_avgr_u (one Pavgw);
            I16x8ExtMulLowI8x16S visit_i16x8_extmul_low_i8x16_s (by multiply_extended(Pmovsxbw));
            I16x8ExtMulHighI8x16S visit_i16x8_extmul_high_i8x16_s (by multiply_extended_high(Pmovsxbw));
            I16x8ExtMulLowI8x16U visit_i16x8_extmul_low_i8x16_u (by multiply_extended(Pmovzxbw));
            I16x8ExtMulHighI8x16U visit_i16x8_extmul_high_i8x16_u (by multiply_extended_high(Pmovzxbw));
            I32x4Add visit_i32x4_add (one Paddd);
            I32x4Sub visit_i32x4_sub (one Psubd);
            I32x4Mul visit_i32x4_mul (one Pmulld);
            I32x4MinS visit_i32x4_min_s (one Pminsd);
            I32x4MinU visit_i32x4_min_u (one Pminud);
            I32x4MaxS visit_i32x4_max_s (one Pmaxsd);
            I32x4MaxU visit_i32x4_max_u (one Pmaxud);
            I32x4DotI16x8S visit_i32x4_dot_i16x8_s (one Pmaddwd);
            I32x4ExtMulLowI16x8S visit_i32x4_extmul_low_i16x8_s (by multiply_words(Pmulhw, Punpcklwd));
            I32x4ExtMulHighI16x8S visit_i32x4_extmul_high_i16x8_s (by multiply_words(Pmulhw, Punpckhwd));
            I32x4ExtMulLowI16x8U visit_i32x4_extmul_low_i16x8_u (by multiply_words(Pmulhuw, Punpcklwd));
            I32x4ExtMulHighI16x8U visit_i32x4_extmul_high_i16x8_u (by multiply_words(Pmulhuw, Punpckhwd));
            I64x2Add visit_i64x2_add (one Paddq);
            I64x2Sub visit_i64x2_sub (one Psubq);
            I64x2Mul visit_i64x2_mul (by multiply_quads());
            I64x2ExtMulLowI32x4S visit_i64x2_extmul_low_i32x4_s (by multiply_doubles(Pmuldq, 0x50));
            I64x2ExtMulHighI32x4S visit_i64x2_extmul_high_i32x4_s (by multiply_doubles(Pmuldq, 0xfa));
            I64x2ExtMulLowI32x4U visit_i64x2_extmul_low_i32x4_u (by multiply_doubles(Pmuludq, 0x50));
            I64x2ExtMulHighI32x4U visit_i64x2_extmul_high_i32x4_u (by multiply_doubles(Pmuludq, 0xfa));
            F32x4Add visit_f32x4_add (one Addps);
            F32x4Sub visit_f32x4_sub (one Subps);
            F32x4Mul visit_f32x4_mul (one Mulps);
            F32x4Div visit_f32x4_div (one Divps);
            F32x4Min visit_f32x4_min (by least(Minps, Cmpps, PsrldImm));
            F32x4Max visit_f32x4_max (by greatest(Maxps, Subps, Cmpps, PsrldImm));
            F32x4PMin visit_f32x4_pmin (swap Minps);
            F32x4PMax visit_f32x4_pmax (swap Maxps);
            F64x2Add visit_f64x2_add (one Addpd);
            F64x2Sub visit_f64x2_sub (one Subpd);
            F64x2Mul visit_f64x2_mul (one Mulpd);
            F64x2Div visit_f64x2_div (one Divpd);
            F64x2Min visit_f64x2_min (by least(Minpd, Cmppd, PsrlqImm));
            F64x2Max visit_f64x2_max (by greatest(Maxpd, Subpd, Cmppd, PsrlqImm));
            F64x2PMin visit_f64x2_pmin (swap Minpd);
            F64x2PMax visit_f64x2_pmax (swap Maxpd);
            I16x8RelaxedDotI8x16I7x16S visit_i16x8_relaxed_dot_i8x16_i7x16_s (by dot_of_bytes());
            }
            ternary {
            V128Bitselect visit_v128_bitselect (by bitselect());
            F32x4RelaxedMadd visit_f32x4_relaxed_madd (by multiply_add(Mulps, Addps));
            F32x4RelaxedNmadd visit_f32x4_relaxed_nmadd (by multiply_sub(Mulps, Subps));
            F64x2RelaxedMadd visit_f64x2_relaxed_madd (by multiply_add(Mulpd, Addpd));
            F64x2RelaxedNmadd visit_f64x2_relaxed_nmadd (by multiply_sub(Mulpd, Subpd));
            I32x4RelaxedDotI8x16I7x16AddS visit_i32x4_relaxed_dot_i8x16_i7x16_add_s (by dot_of_bytes_add());
            }
            shift {
            I8x16Shl visit_i8x16_shl (by shift_bytes(0));
            I8x16ShrS visit_i8x16_shr_s (by shift_bytes_s());
            I8x16ShrU visit_i8x16_shr_u (by shift_bytes(1));
            I16x8Shl visit_i16x8_shl (by shift_lanes(Psllw, PsllwImm));
            I16x8ShrS visit_i16x8_shr_s (by shift_lanes(Psraw, PsrawImm));
            I16x8ShrU visit_i16x8_shr_u (by shift_lanes(Psrlw, PsrlwImm));
            I32x4Shl visit_i32x4_shl (by shift_lanes(Pslld, PslldImm));
            I32x4ShrS visit_i32x4_shr_s (by shift_lanes(Psrad, PsradImm));
            I32x4ShrU visit_i32x4_shr_u (by shift_lanes(Psrld, PsrldImm));
            I64x2Shl visit_i64x2_shl (by shift_lanes(Psllq, PsllqImm));
            I64x2ShrS visit_i64x2_shr_s (by shift_quads_s());
            I64x2ShrU visit_i64x2_shr_u (by shift_lanes(Psrlq, PsrlqImm));
            }
            test {
            V128AnyTrue visit_v128_any_true (by test());
            I8x16AllTrue visit_i8x16_all_true (by test());
            I8x16Bitmask visit_i8x16_bitmask (one Pmovmskb);
            I16x8AllTrue visit_i16x8_all_true (by test());
            I16x8Bitmask visit_i16x8_bitmask (by mask_of_words());
            I32x4AllTrue visit_i32x4_all_true (by test());
            I32x4Bitmask visit_i32x4_bitmask (one Movmskps);
            I64x2AllTrue visit_i64x2_all_true (by test());
            I64x2Bitmask visit_i64x2_bitmask (one Movmskpd);
            }
            splat {
            I8x16Splat I32 visit_i8x16_splat (by splat_byte());
            I16x8Splat I32 visit_i16x8_splat (by splat_word());
            I32x4Splat I32 visit_i32x4_splat (by splat_double());
            I64x2Splat I64 visit_i64x2_splat (by splat_quad());
            F32x4Splat F32 visit_f32x4_splat (by splat_f32());
            F64x2Splat F64 visit_f64x2_splat (one Movddup);
            }
            extract {
            I8x16ExtractLaneS I32 visit_i8x16_extract_lane_s (by extract_signed(Pextrb));
            I8x16ExtractLaneU I32 visit_i8x16_extract_lane_u (lane Pextrb);
            I16x8ExtractLaneS I32 visit_i16x8_extract_lane_s (by extract_signed(Pextrw));
            I16x8ExtractLaneU I32 visit_i16x8_extract_lane_u (lane Pextrw);
            I32x4ExtractLane I32 visit_i32x4_extract_lane (by extract_int(Pextrd));
            I64x2ExtractLane I64 visit_i64x2_extract_lane (by extract_int(Pextrq));
            F32x4ExtractLane F32 visit_f32x4_extract_lane (by extract_float());
            F64x2ExtractLane F64 visit_f64x2_extract_lane (by extract_float());
            }
            replace {
            I8x16ReplaceLane I32 visit_i8x16_replace_lane (lane Pinsrb);
            I16x8ReplaceLane I32 visit_i16x8_replace_lane (lane Pinsrw);
            I32x4ReplaceLane I32 visit_i32x4_replace_lane (lane Pinsrd);
            I64x2ReplaceLane I64 visit_i64x2_replace_lane (lane Pinsrq);
            F32x4ReplaceLane F32 visit_f32x4_replace_lane (by replace_f32());
            F64x2ReplaceLane F64 visit_f64x2_replace_lane (by replace_f64());
            }
            again {
            unary visit_i32x4_relaxed_trunc_f32x4_s I32x4TruncSatF32x4S;
            unary visit_i32x4_relaxed_trunc_f32x4_u I32x4TruncSatF32x4U;
            unary visit_i32x4_relaxed_trunc_f64x2_s_zero I32x4TruncSatF64x2SZero;
            unary visit_i32x4_relaxed_trunc_f64x2_u_zero I32x4TruncSatF64x2UZero;
            binary visit_i8x16_relaxed_swizzle I8x16Swizzle;
            binary visit_f32x4_relaxed_min F32x4Min;
            binary visit_f32x4_relaxed_max F32x4Max;
            binary visit_f64x2_relaxed_min F64x2Min;
            binary visit_f64x2_relaxed_max F64x2Max;
            binary visit_i16x8_relaxed_q15mulr_s I16x8Q15MulrSatS;
            ternary visit_i8x16_relaxed_laneselect V128Bitselect;
            ternary visit_i16x8_relaxed_laneselect V128Bitselect;
            ternary visit_i32x4_relaxed_laneselect V128Bitselect;
            ternary visit_i64x2_relaxed_laneselect V128Bitselect;
            }
        }
    };
}
pub(crate) use for_each_vector;

macro_rules! vectors {
    (
        unary { $($un:ident $uv:ident ($($up:tt)*);)* }
        binary { $($bn:ident $bv:ident ($($bp:tt)*);)* }
        ternary { $($tn:ident $tv:ident ($($tp:tt)*);)* }
        shift { $($sn:ident $sv:ident ($($sp:tt)*);)* }
        test { $($en:ident $ev:ident ($($ep:tt)*);)* }
        splat { $($pn:ident $pt:ident $pv:ident ($($pp:tt)*);)* }
        extract { $($xn:ident $xt:ident $xv:ident ($($xp:tt)*);)* }
        replace { $($rn:ident $rt:ident $rv:ident ($($rp:tt)*);)* }
        again { $($shape:ident $av:ident $an:ident;)* }
    ) => {
        /// The operators.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Vector {
            $($un,)* $($bn,)* $($tn,)* $($sn,)* $($en,)* $($pn,)* $($xn,)* $($rn,)*
        }

        impl Vector {
            const ALL: &[Self] = &[
                $(Self::$un,)* $(Self::$bn,)* $(Self::$tn,)* $(Self::$sn,)*
                $(Self::$en,)* $(Self::$pn,)* $(Self::$xn,)* $(Self::$rn,)*
            ];

            pub(crate) fn name(self) -> &'static str {
                const NAMES: &[&str] = &[
                    $(stringify!($uv),)* $(stringify!($bv),)* $(stringify!($tv),)* $(stringify!($sv),)*
                    $(stringify!($ev),)* $(stringify!($pv),)* $(stringify!($xv),)* $(stringify!($rv),)*
                ];
                NAMES[self as usize].trim_start_matches("visit_")
            }

            /// The type of its result.
            pub(crate) const fn ty(self) -> Ty {
                match self {
                    $(Self::$en => Ty::I32,)*
                    $(Self::$xn => Ty::$xt,)*
                    _ => Ty::V128,
                }
            }

            /// Whether it answers with an integer that is 0 or 1.
            pub(crate) const fn is_test(self) -> bool {
                matches!(
                    self,
                    Self::V128AnyTrue
                        | Self::I8x16AllTrue
                        | Self::I16x8AllTrue
                        | Self::I32x4AllTrue
                        | Self::I64x2AllTrue
                )
            }

            /// The types of its operands.
            pub(crate) const fn operands(self) -> [Ty; 3] {
                match self {
                    $(Self::$bn => [Ty::V128, Ty::V128, Ty::None],)*
                    $(Self::$tn => [Ty::V128; 3],)*
                    $(Self::$sn => [Ty::V128, Ty::I32, Ty::None],)*
                    $(Self::$pn => [Ty::$pt, Ty::None, Ty::None],)*
                    $(Self::$rn => [Ty::V128, Ty::$rt, Ty::None],)*
                    _ => [Ty::V128, Ty::None, Ty::None],
                }
            }
        }
    };
}
for_each_vector!(vectors);

impl Vector {
    /// From an instruction's `aux`.
    pub(crate) fn of(aux: u16) -> Self {
        Self::ALL[usize::from(aux & 0xff) % Self::ALL.len()]
    }

    /// As `aux`, with a lane's number.
    pub(crate) const fn aux(self, lane: u8) -> u16 {
        self as u16 | (lane as u16) << 8
    }

    /// A lane's number from an instruction's `aux`.
    pub(crate) const fn lane(aux: u16) -> u8 {
        (aux >> 8) as u8
    }

    /// The lanes in which a NaN's bits are left open, of those that it may come out of.
    pub(crate) const fn open_nans(self) -> Option<Ty> {
        match self {
            Self::F32x4Add
            | Self::F32x4Sub
            | Self::F32x4Mul
            | Self::F32x4Div
            | Self::F32x4Min
            | Self::F32x4Max
            | Self::F32x4Sqrt
            | Self::F32x4Ceil
            | Self::F32x4Floor
            | Self::F32x4Trunc
            | Self::F32x4Nearest
            | Self::F32x4DemoteF64x2Zero
            | Self::F32x4RelaxedMadd
            | Self::F32x4RelaxedNmadd => Some(Ty::F32),
            Self::F64x2Add
            | Self::F64x2Sub
            | Self::F64x2Mul
            | Self::F64x2Div
            | Self::F64x2Min
            | Self::F64x2Max
            | Self::F64x2Sqrt
            | Self::F64x2Ceil
            | Self::F64x2Floor
            | Self::F64x2Trunc
            | Self::F64x2Nearest
            | Self::F64x2PromoteLowF32x4
            | Self::F64x2RelaxedMadd
            | Self::F64x2RelaxedNmadd => Some(Ty::F64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operator_has_its_own_name() {
        assert!(Vector::ALL.len() < 256);
        for (number, op) in Vector::ALL.iter().enumerate() {
            assert_eq!(*op as usize, number);
            assert_eq!(Vector::of(op.aux(7)), *op);
            assert_eq!(Vector::lane(op.aux(7)), 7);
        }
        let mut names: BTreeSet<_> = Vector::ALL.iter().map(|op| op.name()).collect();
        assert_eq!(names.len(), Vector::ALL.len());
        assert!(names.remove("i8x16_add"));
    }
}
