//! Instructions on vector registers: what they are called, by form and by how much memory they read.
//!
//! In: nothing. Out: [`Xmm`], with the encoder's code without AVX and with it. With AVX the result has a register of
//! its own, and operands in memory need not be aligned.

use iced_x86::Code as X;

use super::RegSet;
use super::inst::{Constraint, Shape};

/// The shape of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `def = a op b`.
    Binary,
    /// The same with an immediate.
    BinaryImm,
    /// `def = op a`.
    Unary,
    UnaryImm,
    /// The same for one lane; the others stay what they were.
    Merging,
    MergingImm,
    /// `def = a op imm`.
    ShiftImm,
    /// `def`, a general register or memory, is a lane of `a`.
    Extract,
    /// `def`, a general register, from `a`.
    ToGeneral,
    /// Flags from `a` and `b`.
    Flags,
}

/// Where an instruction's last operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    Reg,
    /// In a register or a slot.
    Any,
    /// In memory.
    Mem,
    /// Behind the code: number `disp`.
    Const,
}

/// What is known of an instruction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) sse: X,
    pub(super) vex: X,
    pub(super) form: Form,
    /// Bytes that its last operand has in memory.
    pub(super) bytes: u8,
    pub(super) commutes: bool,
}

macro_rules! rows {
    ($($form:ident $bytes:literal $commutes:literal { $($name:ident $sse:ident $vex:ident;)* })*) => {
        /// The instructions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Xmm { $($($name,)*)* }

        static ROWS: &[Row] = &[$($(
            Row {
                sse: X::$sse,
                vex: X::$vex,
                form: Form::$form,
                bytes: $bytes,
                commutes: $commutes,
            },
        )*)*];
    };
}

rows! {
    Binary 16 true {
        Paddb Paddb_xmm_xmmm128 VEX_Vpaddb_xmm_xmm_xmmm128;
        Paddw Paddw_xmm_xmmm128 VEX_Vpaddw_xmm_xmm_xmmm128;
        Paddd Paddd_xmm_xmmm128 VEX_Vpaddd_xmm_xmm_xmmm128;
        Paddq Paddq_xmm_xmmm128 VEX_Vpaddq_xmm_xmm_xmmm128;
        Paddsb Paddsb_xmm_xmmm128 VEX_Vpaddsb_xmm_xmm_xmmm128;
        Paddsw Paddsw_xmm_xmmm128 VEX_Vpaddsw_xmm_xmm_xmmm128;
        Paddusb Paddusb_xmm_xmmm128 VEX_Vpaddusb_xmm_xmm_xmmm128;
        Paddusw Paddusw_xmm_xmmm128 VEX_Vpaddusw_xmm_xmm_xmmm128;
        Pavgb Pavgb_xmm_xmmm128 VEX_Vpavgb_xmm_xmm_xmmm128;
        Pavgw Pavgw_xmm_xmmm128 VEX_Vpavgw_xmm_xmm_xmmm128;
        Pmullw Pmullw_xmm_xmmm128 VEX_Vpmullw_xmm_xmm_xmmm128;
        Pmulld Pmulld_xmm_xmmm128 VEX_Vpmulld_xmm_xmm_xmmm128;
        Pmulhw Pmulhw_xmm_xmmm128 VEX_Vpmulhw_xmm_xmm_xmmm128;
        Pmulhuw Pmulhuw_xmm_xmmm128 VEX_Vpmulhuw_xmm_xmm_xmmm128;
        Pmulhrsw Pmulhrsw_xmm_xmmm128 VEX_Vpmulhrsw_xmm_xmm_xmmm128;
        Pmuldq Pmuldq_xmm_xmmm128 VEX_Vpmuldq_xmm_xmm_xmmm128;
        Pmuludq Pmuludq_xmm_xmmm128 VEX_Vpmuludq_xmm_xmm_xmmm128;
        Pmaddwd Pmaddwd_xmm_xmmm128 VEX_Vpmaddwd_xmm_xmm_xmmm128;
        Pminsb Pminsb_xmm_xmmm128 VEX_Vpminsb_xmm_xmm_xmmm128;
        Pminsw Pminsw_xmm_xmmm128 VEX_Vpminsw_xmm_xmm_xmmm128;
        Pminsd Pminsd_xmm_xmmm128 VEX_Vpminsd_xmm_xmm_xmmm128;
        Pminub Pminub_xmm_xmmm128 VEX_Vpminub_xmm_xmm_xmmm128;
        Pminuw Pminuw_xmm_xmmm128 VEX_Vpminuw_xmm_xmm_xmmm128;
        Pminud Pminud_xmm_xmmm128 VEX_Vpminud_xmm_xmm_xmmm128;
        Pmaxsb Pmaxsb_xmm_xmmm128 VEX_Vpmaxsb_xmm_xmm_xmmm128;
        Pmaxsw Pmaxsw_xmm_xmmm128 VEX_Vpmaxsw_xmm_xmm_xmmm128;
        Pmaxsd Pmaxsd_xmm_xmmm128 VEX_Vpmaxsd_xmm_xmm_xmmm128;
        Pmaxub Pmaxub_xmm_xmmm128 VEX_Vpmaxub_xmm_xmm_xmmm128;
        Pmaxuw Pmaxuw_xmm_xmmm128 VEX_Vpmaxuw_xmm_xmm_xmmm128;
        Pmaxud Pmaxud_xmm_xmmm128 VEX_Vpmaxud_xmm_xmm_xmmm128;
        Pcmpeqb Pcmpeqb_xmm_xmmm128 VEX_Vpcmpeqb_xmm_xmm_xmmm128;
        Pcmpeqw Pcmpeqw_xmm_xmmm128 VEX_Vpcmpeqw_xmm_xmm_xmmm128;
        Pcmpeqd Pcmpeqd_xmm_xmmm128 VEX_Vpcmpeqd_xmm_xmm_xmmm128;
        Pcmpeqq Pcmpeqq_xmm_xmmm128 VEX_Vpcmpeqq_xmm_xmm_xmmm128;
        Pand Pand_xmm_xmmm128 VEX_Vpand_xmm_xmm_xmmm128;
        Por Por_xmm_xmmm128 VEX_Vpor_xmm_xmm_xmmm128;
        Pxor Pxor_xmm_xmmm128 VEX_Vpxor_xmm_xmm_xmmm128;
        Andps Andps_xmm_xmmm128 VEX_Vandps_xmm_xmm_xmmm128;
        Orps Orps_xmm_xmmm128 VEX_Vorps_xmm_xmm_xmmm128;
        Xorps Xorps_xmm_xmmm128 VEX_Vxorps_xmm_xmm_xmmm128;
        Addps Addps_xmm_xmmm128 VEX_Vaddps_xmm_xmm_xmmm128;
        Addpd Addpd_xmm_xmmm128 VEX_Vaddpd_xmm_xmm_xmmm128;
        Mulps Mulps_xmm_xmmm128 VEX_Vmulps_xmm_xmm_xmmm128;
        Mulpd Mulpd_xmm_xmmm128 VEX_Vmulpd_xmm_xmm_xmmm128;
    }
    Binary 16 false {
        Psubb Psubb_xmm_xmmm128 VEX_Vpsubb_xmm_xmm_xmmm128;
        Psubw Psubw_xmm_xmmm128 VEX_Vpsubw_xmm_xmm_xmmm128;
        Psubd Psubd_xmm_xmmm128 VEX_Vpsubd_xmm_xmm_xmmm128;
        Psubq Psubq_xmm_xmmm128 VEX_Vpsubq_xmm_xmm_xmmm128;
        Psubsb Psubsb_xmm_xmmm128 VEX_Vpsubsb_xmm_xmm_xmmm128;
        Psubsw Psubsw_xmm_xmmm128 VEX_Vpsubsw_xmm_xmm_xmmm128;
        Psubusb Psubusb_xmm_xmmm128 VEX_Vpsubusb_xmm_xmm_xmmm128;
        Psubusw Psubusw_xmm_xmmm128 VEX_Vpsubusw_xmm_xmm_xmmm128;
        Pmaddubsw Pmaddubsw_xmm_xmmm128 VEX_Vpmaddubsw_xmm_xmm_xmmm128;
        Pcmpgtb Pcmpgtb_xmm_xmmm128 VEX_Vpcmpgtb_xmm_xmm_xmmm128;
        Pcmpgtw Pcmpgtw_xmm_xmmm128 VEX_Vpcmpgtw_xmm_xmm_xmmm128;
        Pcmpgtd Pcmpgtd_xmm_xmmm128 VEX_Vpcmpgtd_xmm_xmm_xmmm128;
        Pcmpgtq Pcmpgtq_xmm_xmmm128 VEX_Vpcmpgtq_xmm_xmm_xmmm128;
        Pandn Pandn_xmm_xmmm128 VEX_Vpandn_xmm_xmm_xmmm128;
        Pshufb Pshufb_xmm_xmmm128 VEX_Vpshufb_xmm_xmm_xmmm128;
        Punpcklbw Punpcklbw_xmm_xmmm128 VEX_Vpunpcklbw_xmm_xmm_xmmm128;
        Punpcklwd Punpcklwd_xmm_xmmm128 VEX_Vpunpcklwd_xmm_xmm_xmmm128;
        Punpckldq Punpckldq_xmm_xmmm128 VEX_Vpunpckldq_xmm_xmm_xmmm128;
        Punpcklqdq Punpcklqdq_xmm_xmmm128 VEX_Vpunpcklqdq_xmm_xmm_xmmm128;
        Punpckhbw Punpckhbw_xmm_xmmm128 VEX_Vpunpckhbw_xmm_xmm_xmmm128;
        Punpckhwd Punpckhwd_xmm_xmmm128 VEX_Vpunpckhwd_xmm_xmm_xmmm128;
        Punpckhdq Punpckhdq_xmm_xmmm128 VEX_Vpunpckhdq_xmm_xmm_xmmm128;
        Punpckhqdq Punpckhqdq_xmm_xmmm128 VEX_Vpunpckhqdq_xmm_xmm_xmmm128;
        Packsswb Packsswb_xmm_xmmm128 VEX_Vpacksswb_xmm_xmm_xmmm128;
        Packssdw Packssdw_xmm_xmmm128 VEX_Vpackssdw_xmm_xmm_xmmm128;
        Packuswb Packuswb_xmm_xmmm128 VEX_Vpackuswb_xmm_xmm_xmmm128;
        Packusdw Packusdw_xmm_xmmm128 VEX_Vpackusdw_xmm_xmm_xmmm128;
        Psllw Psllw_xmm_xmmm128 VEX_Vpsllw_xmm_xmm_xmmm128;
        Pslld Pslld_xmm_xmmm128 VEX_Vpslld_xmm_xmm_xmmm128;
        Psllq Psllq_xmm_xmmm128 VEX_Vpsllq_xmm_xmm_xmmm128;
        Psrlw Psrlw_xmm_xmmm128 VEX_Vpsrlw_xmm_xmm_xmmm128;
        Psrld Psrld_xmm_xmmm128 VEX_Vpsrld_xmm_xmm_xmmm128;
        Psrlq Psrlq_xmm_xmmm128 VEX_Vpsrlq_xmm_xmm_xmmm128;
        Psraw Psraw_xmm_xmmm128 VEX_Vpsraw_xmm_xmm_xmmm128;
        Psrad Psrad_xmm_xmmm128 VEX_Vpsrad_xmm_xmm_xmmm128;
        Subps Subps_xmm_xmmm128 VEX_Vsubps_xmm_xmm_xmmm128;
        Subpd Subpd_xmm_xmmm128 VEX_Vsubpd_xmm_xmm_xmmm128;
        Divps Divps_xmm_xmmm128 VEX_Vdivps_xmm_xmm_xmmm128;
        Divpd Divpd_xmm_xmmm128 VEX_Vdivpd_xmm_xmm_xmmm128;
        Minps Minps_xmm_xmmm128 VEX_Vminps_xmm_xmm_xmmm128;
        Minpd Minpd_xmm_xmmm128 VEX_Vminpd_xmm_xmm_xmmm128;
        Maxps Maxps_xmm_xmmm128 VEX_Vmaxps_xmm_xmm_xmmm128;
        Maxpd Maxpd_xmm_xmmm128 VEX_Vmaxpd_xmm_xmm_xmmm128;
    }
    Binary 4 true {
        Addss Addss_xmm_xmmm32 VEX_Vaddss_xmm_xmm_xmmm32;
        Mulss Mulss_xmm_xmmm32 VEX_Vmulss_xmm_xmm_xmmm32;
    }
    Binary 8 true {
        Addsd Addsd_xmm_xmmm64 VEX_Vaddsd_xmm_xmm_xmmm64;
        Mulsd Mulsd_xmm_xmmm64 VEX_Vmulsd_xmm_xmm_xmmm64;
    }
    Binary 4 false {
        Subss Subss_xmm_xmmm32 VEX_Vsubss_xmm_xmm_xmmm32;
        Divss Divss_xmm_xmmm32 VEX_Vdivss_xmm_xmm_xmmm32;
    }
    Binary 8 false {
        Subsd Subsd_xmm_xmmm64 VEX_Vsubsd_xmm_xmm_xmmm64;
        Divsd Divsd_xmm_xmmm64 VEX_Vdivsd_xmm_xmm_xmmm64;
    }
    BinaryImm 16 false {
        Cmpps Cmpps_xmm_xmmm128_imm8 VEX_Vcmpps_xmm_xmm_xmmm128_imm8;
        Cmppd Cmppd_xmm_xmmm128_imm8 VEX_Vcmppd_xmm_xmm_xmmm128_imm8;
        Shufps Shufps_xmm_xmmm128_imm8 VEX_Vshufps_xmm_xmm_xmmm128_imm8;
        Palignr Palignr_xmm_xmmm128_imm8 VEX_Vpalignr_xmm_xmm_xmmm128_imm8;
        Pblendw Pblendw_xmm_xmmm128_imm8 VEX_Vpblendw_xmm_xmm_xmmm128_imm8;
    }
    BinaryImm 4 false {
        Insertps Insertps_xmm_xmmm32_imm8 VEX_Vinsertps_xmm_xmm_xmmm32_imm8;
    }
    Unary 16 false {
        Pabsb Pabsb_xmm_xmmm128 VEX_Vpabsb_xmm_xmmm128;
        Pabsw Pabsw_xmm_xmmm128 VEX_Vpabsw_xmm_xmmm128;
        Pabsd Pabsd_xmm_xmmm128 VEX_Vpabsd_xmm_xmmm128;
        Sqrtps Sqrtps_xmm_xmmm128 VEX_Vsqrtps_xmm_xmmm128;
        Sqrtpd Sqrtpd_xmm_xmmm128 VEX_Vsqrtpd_xmm_xmmm128;
        Cvtdq2ps Cvtdq2ps_xmm_xmmm128 VEX_Vcvtdq2ps_xmm_xmmm128;
        Cvttps2dq Cvttps2dq_xmm_xmmm128 VEX_Vcvttps2dq_xmm_xmmm128;
        Cvtpd2ps Cvtpd2ps_xmm_xmmm128 VEX_Vcvtpd2ps_xmm_xmmm128;
        Cvttpd2dq Cvttpd2dq_xmm_xmmm128 VEX_Vcvttpd2dq_xmm_xmmm128;
        Movaps Movaps_xmm_xmmm128 VEX_Vmovaps_xmm_xmmm128;
    }
    Unary 8 false {
        Pmovsxbw Pmovsxbw_xmm_xmmm64 VEX_Vpmovsxbw_xmm_xmmm64;
        Pmovsxwd Pmovsxwd_xmm_xmmm64 VEX_Vpmovsxwd_xmm_xmmm64;
        Pmovsxdq Pmovsxdq_xmm_xmmm64 VEX_Vpmovsxdq_xmm_xmmm64;
        Pmovzxbw Pmovzxbw_xmm_xmmm64 VEX_Vpmovzxbw_xmm_xmmm64;
        Pmovzxwd Pmovzxwd_xmm_xmmm64 VEX_Vpmovzxwd_xmm_xmmm64;
        Pmovzxdq Pmovzxdq_xmm_xmmm64 VEX_Vpmovzxdq_xmm_xmmm64;
        Cvtdq2pd Cvtdq2pd_xmm_xmmm64 VEX_Vcvtdq2pd_xmm_xmmm64;
        Cvtps2pd Cvtps2pd_xmm_xmmm64 VEX_Vcvtps2pd_xmm_xmmm64;
        Movddup Movddup_xmm_xmmm64 VEX_Vmovddup_xmm_xmmm64;
    }
    UnaryImm 16 false {
        Pshufd Pshufd_xmm_xmmm128_imm8 VEX_Vpshufd_xmm_xmmm128_imm8;
        Pshuflw Pshuflw_xmm_xmmm128_imm8 VEX_Vpshuflw_xmm_xmmm128_imm8;
        Pshufhw Pshufhw_xmm_xmmm128_imm8 VEX_Vpshufhw_xmm_xmmm128_imm8;
        Roundps Roundps_xmm_xmmm128_imm8 VEX_Vroundps_xmm_xmmm128_imm8;
        Roundpd Roundpd_xmm_xmmm128_imm8 VEX_Vroundpd_xmm_xmmm128_imm8;
    }
    Merging 4 false {
        Sqrtss Sqrtss_xmm_xmmm32 VEX_Vsqrtss_xmm_xmm_xmmm32;
        Cvtss2sd Cvtss2sd_xmm_xmmm32 VEX_Vcvtss2sd_xmm_xmm_xmmm32;
    }
    Merging 8 false {
        Sqrtsd Sqrtsd_xmm_xmmm64 VEX_Vsqrtsd_xmm_xmm_xmmm64;
        Cvtsd2ss Cvtsd2ss_xmm_xmmm64 VEX_Vcvtsd2ss_xmm_xmm_xmmm64;
    }
    MergingImm 4 false {
        Roundss Roundss_xmm_xmmm32_imm8 VEX_Vroundss_xmm_xmm_xmmm32_imm8;
    }
    MergingImm 8 false {
        Roundsd Roundsd_xmm_xmmm64_imm8 VEX_Vroundsd_xmm_xmm_xmmm64_imm8;
    }
    ShiftImm 16 false {
        PsllwImm Psllw_xmm_imm8 VEX_Vpsllw_xmm_xmm_imm8;
        PslldImm Pslld_xmm_imm8 VEX_Vpslld_xmm_xmm_imm8;
        PsllqImm Psllq_xmm_imm8 VEX_Vpsllq_xmm_xmm_imm8;
        PsrlwImm Psrlw_xmm_imm8 VEX_Vpsrlw_xmm_xmm_imm8;
        PsrldImm Psrld_xmm_imm8 VEX_Vpsrld_xmm_xmm_imm8;
        PsrlqImm Psrlq_xmm_imm8 VEX_Vpsrlq_xmm_xmm_imm8;
        PsrawImm Psraw_xmm_imm8 VEX_Vpsraw_xmm_xmm_imm8;
        PsradImm Psrad_xmm_imm8 VEX_Vpsrad_xmm_xmm_imm8;
        PsrldqImm Psrldq_xmm_imm8 VEX_Vpsrldq_xmm_xmm_imm8;
        PslldqImm Pslldq_xmm_imm8 VEX_Vpslldq_xmm_xmm_imm8;
    }
    BinaryImm 1 false {
        Pinsrb Pinsrb_xmm_r32m8_imm8 VEX_Vpinsrb_xmm_xmm_r32m8_imm8;
    }
    BinaryImm 2 false {
        Pinsrw Pinsrw_xmm_r32m16_imm8 VEX_Vpinsrw_xmm_xmm_r32m16_imm8;
    }
    BinaryImm 4 false {
        Pinsrd Pinsrd_xmm_rm32_imm8 VEX_Vpinsrd_xmm_xmm_rm32_imm8;
    }
    BinaryImm 8 false {
        Pinsrq Pinsrq_xmm_rm64_imm8 VEX_Vpinsrq_xmm_xmm_rm64_imm8;
    }
    Extract 1 false {
        Pextrb Pextrb_r32m8_xmm_imm8 VEX_Vpextrb_r32m8_xmm_imm8;
    }
    Extract 2 false {
        Pextrw Pextrw_r32m16_xmm_imm8 VEX_Vpextrw_r32m16_xmm_imm8;
    }
    Extract 4 false {
        Pextrd Pextrd_rm32_xmm_imm8 VEX_Vpextrd_rm32_xmm_imm8;
    }
    Extract 8 false {
        Pextrq Pextrq_rm64_xmm_imm8 VEX_Vpextrq_rm64_xmm_imm8;
    }
    ToGeneral 4 false {
        Pmovmskb Pmovmskb_r32_xmm VEX_Vpmovmskb_r32_xmm;
        Movmskps Movmskps_r32_xmm VEX_Vmovmskps_r32_xmm;
        Movmskpd Movmskpd_r32_xmm VEX_Vmovmskpd_r32_xmm;
    }
    Flags 16 false {
        Ptest Ptest_xmm_xmmm128 VEX_Vptest_xmm_xmmm128;
    }
    Flags 4 false {
        Ucomiss Ucomiss_xmm_xmmm32 VEX_Vucomiss_xmm_xmmm32;
    }
    Flags 8 false {
        Ucomisd Ucomisd_xmm_xmmm64 VEX_Vucomisd_xmm_xmmm64;
    }
    Unary 1 false {
        Vpbroadcastb VEX_Vpbroadcastb_xmm_xmmm8 VEX_Vpbroadcastb_xmm_xmmm8;
    }
    Unary 2 false {
        Vpbroadcastw VEX_Vpbroadcastw_xmm_xmmm16 VEX_Vpbroadcastw_xmm_xmmm16;
    }
    Unary 4 false {
        Vpbroadcastd VEX_Vpbroadcastd_xmm_xmmm32 VEX_Vpbroadcastd_xmm_xmmm32;
    }
    Unary 4 false {
        VbroadcastssMem VEX_Vbroadcastss_xmm_m32 VEX_Vbroadcastss_xmm_m32;
    }
    Unary 16 false {
        Vbroadcastss VEX_Vbroadcastss_xmm_xmm VEX_Vbroadcastss_xmm_xmm;
    }
}

impl Xmm {
    pub(super) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// What the operands ask for. Not inlined where all instructions come by.
    #[inline(never)]
    pub(super) fn shape(self, last: Last, vex: bool) -> Shape {
        let row = self.row();
        let plain = Shape {
            a: Constraint::Reg,
            b: Constraint::Reg,
            def: Constraint::Reg,
            clobbers: RegSet::EMPTY,
            commutes: false,
            early: false,
        };
        let first = if vex { Constraint::Reg } else { Constraint::Tied };
        let any = if last == Last::Any { Constraint::Any } else { Constraint::Reg };
        match row.form {
            Form::Binary | Form::BinaryImm => {
                Shape { a: first, b: any, commutes: row.commutes && !vex, ..plain }
            }
            Form::ShiftImm => Shape { a: first, ..plain },
            Form::Unary | Form::UnaryImm | Form::Merging | Form::MergingImm => Shape { a: any, ..plain },
            Form::Flags => Shape { b: any, ..plain },
            Form::Extract | Form::ToGeneral => plain,
        }
    }
}
