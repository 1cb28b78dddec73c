//! The table of operations: every room that treats operations one by one derives from it.
//!
//! In: nothing. Out: `for_each_operation!(callback)`, which hands a callback macro three groups of rows (scalar,
//! vector, other), one per operation:
//! its names in bytecode, its types, the validator's method that announces it, and the function that computes
//! it. The enum, the operand layout, the text form, the translator's methods and the interpreter's handlers
//! are all made from these rows.
//!
//! Names: `…Imm` takes its right operand from the code, `…Rev` its left one, `Br…` branches on the comparison,
//! `…Any` is for any memory and any index width. `…Acc` takes its first operand (of a store, the value) from the
//! accumulator, where the operation before has left its result, `…RightAcc` the second, `…At` the address; the
//! operand's slot still stands in the code.
//! An address is a slot, or with `…Sum` the sum of a slot and a constant, with `…Pair` that of two slots, with
//! `…Fixed` a constant.
// tidy: table — one row per operation

macro_rules! for_each_operation {
    ($callback:ident) => {
        $callback! {
            {
            commutative {
            I32Add I32AddAcc I32AddImm I32AddImmAcc : i32 = visit_i32_add i32_add;
            I32Mul I32MulAcc I32MulImm I32MulImmAcc : i32 = visit_i32_mul i32_mul;
            I32And I32AndAcc I32AndImm I32AndImmAcc : i32 = visit_i32_and i32_and;
            I32Or I32OrAcc I32OrImm I32OrImmAcc : i32 = visit_i32_or i32_or;
            I32Xor I32XorAcc I32XorImm I32XorImmAcc : i32 = visit_i32_xor i32_xor;
            I64Add I64AddAcc I64AddImm I64AddImmAcc : i64 = visit_i64_add i64_add;
            I64Mul I64MulAcc I64MulImm I64MulImmAcc : i64 = visit_i64_mul i64_mul;
            I64And I64AndAcc I64AndImm I64AndImmAcc : i64 = visit_i64_and i64_and;
            I64Or I64OrAcc I64OrImm I64OrImmAcc : i64 = visit_i64_or i64_or;
            I64Xor I64XorAcc I64XorImm I64XorImmAcc : i64 = visit_i64_xor i64_xor;
            F32Add F32AddAcc F32AddImm F32AddImmAcc : f32 = visit_f32_add f32_add;
            F32Mul F32MulAcc F32MulImm F32MulImmAcc : f32 = visit_f32_mul f32_mul;
            F32Min F32MinAcc F32MinImm F32MinImmAcc : f32 = visit_f32_min f32_min;
            F32Max F32MaxAcc F32MaxImm F32MaxImmAcc : f32 = visit_f32_max f32_max;
            F64Add F64AddAcc F64AddImm F64AddImmAcc : f64 = visit_f64_add f64_add;
            F64Mul F64MulAcc F64MulImm F64MulImmAcc : f64 = visit_f64_mul f64_mul;
            F64Min F64MinAcc F64MinImm F64MinImmAcc : f64 = visit_f64_min f64_min;
            F64Max F64MaxAcc F64MaxImm F64MaxImmAcc : f64 = visit_f64_max f64_max;
            }
            directed {
            I32Sub I32SubAcc I32SubRightAcc I32SubImm I32SubImmAcc I32SubRev I32SubRevAcc : i32 = visit_i32_sub i32_sub;
            I32Shl I32ShlAcc I32ShlRightAcc I32ShlImm I32ShlImmAcc I32ShlRev I32ShlRevAcc : i32 = visit_i32_shl i32_shl;
            I32ShrS I32ShrSAcc I32ShrSRightAcc I32ShrSImm I32ShrSImmAcc I32ShrSRev I32ShrSRevAcc : i32 = visit_i32_shr_s i32_shr_s;
            I32ShrU I32ShrUAcc I32ShrURightAcc I32ShrUImm I32ShrUImmAcc I32ShrURev I32ShrURevAcc : i32 = visit_i32_shr_u i32_shr_u;
            I32Rotl I32RotlAcc I32RotlRightAcc I32RotlImm I32RotlImmAcc I32RotlRev I32RotlRevAcc : i32 = visit_i32_rotl i32_rotl;
            I32Rotr I32RotrAcc I32RotrRightAcc I32RotrImm I32RotrImmAcc I32RotrRev I32RotrRevAcc : i32 = visit_i32_rotr i32_rotr;
            I64Sub I64SubAcc I64SubRightAcc I64SubImm I64SubImmAcc I64SubRev I64SubRevAcc : i64 = visit_i64_sub i64_sub;
            I64Shl I64ShlAcc I64ShlRightAcc I64ShlImm I64ShlImmAcc I64ShlRev I64ShlRevAcc : i64 = visit_i64_shl i64_shl;
            I64ShrS I64ShrSAcc I64ShrSRightAcc I64ShrSImm I64ShrSImmAcc I64ShrSRev I64ShrSRevAcc : i64 = visit_i64_shr_s i64_shr_s;
            I64ShrU I64ShrUAcc I64ShrURightAcc I64ShrUImm I64ShrUImmAcc I64ShrURev I64ShrURevAcc : i64 = visit_i64_shr_u i64_shr_u;
            I64Rotl I64RotlAcc I64RotlRightAcc I64RotlImm I64RotlImmAcc I64RotlRev I64RotlRevAcc : i64 = visit_i64_rotl i64_rotl;
            I64Rotr I64RotrAcc I64RotrRightAcc I64RotrImm I64RotrImmAcc I64RotrRev I64RotrRevAcc : i64 = visit_i64_rotr i64_rotr;
            F32Sub F32SubAcc F32SubRightAcc F32SubImm F32SubImmAcc F32SubRev F32SubRevAcc : f32 = visit_f32_sub f32_sub;
            F32Div F32DivAcc F32DivRightAcc F32DivImm F32DivImmAcc F32DivRev F32DivRevAcc : f32 = visit_f32_div f32_div;
            F32Copysign F32CopysignAcc F32CopysignRightAcc F32CopysignImm F32CopysignImmAcc F32CopysignRev F32CopysignRevAcc : f32 = visit_f32_copysign f32_copysign;
            F64Sub F64SubAcc F64SubRightAcc F64SubImm F64SubImmAcc F64SubRev F64SubRevAcc : f64 = visit_f64_sub f64_sub;
            F64Div F64DivAcc F64DivRightAcc F64DivImm F64DivImmAcc F64DivRev F64DivRevAcc : f64 = visit_f64_div f64_div;
            F64Copysign F64CopysignAcc F64CopysignRightAcc F64CopysignImm F64CopysignImmAcc F64CopysignRev F64CopysignRevAcc : f64 = visit_f64_copysign f64_copysign;
            }
            fallible {
            I32DivS I32DivSImm I32DivSRev : i32 = visit_i32_div_s i32_div_s;
            I32DivU I32DivUImm I32DivURev : i32 = visit_i32_div_u i32_div_u;
            I32RemS I32RemSImm I32RemSRev : i32 = visit_i32_rem_s i32_rem_s;
            I32RemU I32RemUImm I32RemURev : i32 = visit_i32_rem_u i32_rem_u;
            I64DivS I64DivSImm I64DivSRev : i64 = visit_i64_div_s i64_div_s;
            I64DivU I64DivUImm I64DivURev : i64 = visit_i64_div_u i64_div_u;
            I64RemS I64RemSImm I64RemSRev : i64 = visit_i64_rem_s i64_rem_s;
            I64RemU I64RemUImm I64RemURev : i64 = visit_i64_rem_u i64_rem_u;
            }
            int_compare {
            I32Eq I32EqAcc I32EqImm I32EqImmAcc BrI32Eq BrI32EqAcc BrI32EqImm BrI32EqImmAcc not I32Ne swapped I32Eq : i32 = visit_i32_eq i32_eq;
            I32Ne I32NeAcc I32NeImm I32NeImmAcc BrI32Ne BrI32NeAcc BrI32NeImm BrI32NeImmAcc not I32Eq swapped I32Ne : i32 = visit_i32_ne i32_ne;
            I32LtS I32LtSAcc I32LtSImm I32LtSImmAcc BrI32LtS BrI32LtSAcc BrI32LtSImm BrI32LtSImmAcc not I32GeS swapped I32GtS : i32 = visit_i32_lt_s i32_lt_s;
            I32LtU I32LtUAcc I32LtUImm I32LtUImmAcc BrI32LtU BrI32LtUAcc BrI32LtUImm BrI32LtUImmAcc not I32GeU swapped I32GtU : i32 = visit_i32_lt_u i32_lt_u;
            I32GtS I32GtSAcc I32GtSImm I32GtSImmAcc BrI32GtS BrI32GtSAcc BrI32GtSImm BrI32GtSImmAcc not I32LeS swapped I32LtS : i32 = visit_i32_gt_s i32_gt_s;
            I32GtU I32GtUAcc I32GtUImm I32GtUImmAcc BrI32GtU BrI32GtUAcc BrI32GtUImm BrI32GtUImmAcc not I32LeU swapped I32LtU : i32 = visit_i32_gt_u i32_gt_u;
            I32LeS I32LeSAcc I32LeSImm I32LeSImmAcc BrI32LeS BrI32LeSAcc BrI32LeSImm BrI32LeSImmAcc not I32GtS swapped I32GeS : i32 = visit_i32_le_s i32_le_s;
            I32LeU I32LeUAcc I32LeUImm I32LeUImmAcc BrI32LeU BrI32LeUAcc BrI32LeUImm BrI32LeUImmAcc not I32GtU swapped I32GeU : i32 = visit_i32_le_u i32_le_u;
            I32GeS I32GeSAcc I32GeSImm I32GeSImmAcc BrI32GeS BrI32GeSAcc BrI32GeSImm BrI32GeSImmAcc not I32LtS swapped I32LeS : i32 = visit_i32_ge_s i32_ge_s;
            I32GeU I32GeUAcc I32GeUImm I32GeUImmAcc BrI32GeU BrI32GeUAcc BrI32GeUImm BrI32GeUImmAcc not I32LtU swapped I32LeU : i32 = visit_i32_ge_u i32_ge_u;
            I64Eq I64EqAcc I64EqImm I64EqImmAcc BrI64Eq BrI64EqAcc BrI64EqImm BrI64EqImmAcc not I64Ne swapped I64Eq : i64 = visit_i64_eq i64_eq;
            I64Ne I64NeAcc I64NeImm I64NeImmAcc BrI64Ne BrI64NeAcc BrI64NeImm BrI64NeImmAcc not I64Eq swapped I64Ne : i64 = visit_i64_ne i64_ne;
            I64LtS I64LtSAcc I64LtSImm I64LtSImmAcc BrI64LtS BrI64LtSAcc BrI64LtSImm BrI64LtSImmAcc not I64GeS swapped I64GtS : i64 = visit_i64_lt_s i64_lt_s;
            I64LtU I64LtUAcc I64LtUImm I64LtUImmAcc BrI64LtU BrI64LtUAcc BrI64LtUImm BrI64LtUImmAcc not I64GeU swapped I64GtU : i64 = visit_i64_lt_u i64_lt_u;
            I64GtS I64GtSAcc I64GtSImm I64GtSImmAcc BrI64GtS BrI64GtSAcc BrI64GtSImm BrI64GtSImmAcc not I64LeS swapped I64LtS : i64 = visit_i64_gt_s i64_gt_s;
            I64GtU I64GtUAcc I64GtUImm I64GtUImmAcc BrI64GtU BrI64GtUAcc BrI64GtUImm BrI64GtUImmAcc not I64LeU swapped I64LtU : i64 = visit_i64_gt_u i64_gt_u;
            I64LeS I64LeSAcc I64LeSImm I64LeSImmAcc BrI64LeS BrI64LeSAcc BrI64LeSImm BrI64LeSImmAcc not I64GtS swapped I64GeS : i64 = visit_i64_le_s i64_le_s;
            I64LeU I64LeUAcc I64LeUImm I64LeUImmAcc BrI64LeU BrI64LeUAcc BrI64LeUImm BrI64LeUImmAcc not I64GtU swapped I64GeU : i64 = visit_i64_le_u i64_le_u;
            I64GeS I64GeSAcc I64GeSImm I64GeSImmAcc BrI64GeS BrI64GeSAcc BrI64GeSImm BrI64GeSImmAcc not I64LtS swapped I64LeS : i64 = visit_i64_ge_s i64_ge_s;
            I64GeU I64GeUAcc I64GeUImm I64GeUImmAcc BrI64GeU BrI64GeUAcc BrI64GeUImm BrI64GeUImmAcc not I64LtU swapped I64LeU : i64 = visit_i64_ge_u i64_ge_u;
            }
            float_compare {
            F32Eq F32EqAcc BrF32Eq BrF32EqAcc BrNotF32Eq BrNotF32EqAcc swapped F32Eq : f32 = visit_f32_eq f32_eq;
            F32Ne F32NeAcc BrF32Ne BrF32NeAcc BrNotF32Ne BrNotF32NeAcc swapped F32Ne : f32 = visit_f32_ne f32_ne;
            F32Lt F32LtAcc BrF32Lt BrF32LtAcc BrNotF32Lt BrNotF32LtAcc swapped F32Gt : f32 = visit_f32_lt f32_lt;
            F32Gt F32GtAcc BrF32Gt BrF32GtAcc BrNotF32Gt BrNotF32GtAcc swapped F32Lt : f32 = visit_f32_gt f32_gt;
            F32Le F32LeAcc BrF32Le BrF32LeAcc BrNotF32Le BrNotF32LeAcc swapped F32Ge : f32 = visit_f32_le f32_le;
            F32Ge F32GeAcc BrF32Ge BrF32GeAcc BrNotF32Ge BrNotF32GeAcc swapped F32Le : f32 = visit_f32_ge f32_ge;
            F64Eq F64EqAcc BrF64Eq BrF64EqAcc BrNotF64Eq BrNotF64EqAcc swapped F64Eq : f64 = visit_f64_eq f64_eq;
            F64Ne F64NeAcc BrF64Ne BrF64NeAcc BrNotF64Ne BrNotF64NeAcc swapped F64Ne : f64 = visit_f64_ne f64_ne;
            F64Lt F64LtAcc BrF64Lt BrF64LtAcc BrNotF64Lt BrNotF64LtAcc swapped F64Gt : f64 = visit_f64_lt f64_lt;
            F64Gt F64GtAcc BrF64Gt BrF64GtAcc BrNotF64Gt BrNotF64GtAcc swapped F64Lt : f64 = visit_f64_gt f64_gt;
            F64Le F64LeAcc BrF64Le BrF64LeAcc BrNotF64Le BrNotF64LeAcc swapped F64Ge : f64 = visit_f64_le f64_le;
            F64Ge F64GeAcc BrF64Ge BrF64GeAcc BrNotF64Ge BrNotF64GeAcc swapped F64Le : f64 = visit_f64_ge f64_ge;
            }
            unary {
            I32Clz I32ClzAcc : i32 => i32 = visit_i32_clz i32_clz;
            I32Ctz I32CtzAcc : i32 => i32 = visit_i32_ctz i32_ctz;
            I32Popcnt I32PopcntAcc : i32 => i32 = visit_i32_popcnt i32_popcnt;
            I32Extend8S I32Extend8SAcc : i32 => i32 = visit_i32_extend8_s i32_extend8_s;
            I32Extend16S I32Extend16SAcc : i32 => i32 = visit_i32_extend16_s i32_extend16_s;
            I64Clz I64ClzAcc : i64 => i64 = visit_i64_clz i64_clz;
            I64Ctz I64CtzAcc : i64 => i64 = visit_i64_ctz i64_ctz;
            I64Popcnt I64PopcntAcc : i64 => i64 = visit_i64_popcnt i64_popcnt;
            I64Extend8S I64Extend8SAcc : i64 => i64 = visit_i64_extend8_s i64_extend8_s;
            I64Extend16S I64Extend16SAcc : i64 => i64 = visit_i64_extend16_s i64_extend16_s;
            I64Extend32S I64Extend32SAcc : i64 => i64 = visit_i64_extend32_s i64_extend32_s;
            F32Abs F32AbsAcc : f32 => f32 = visit_f32_abs f32_abs;
            F32Neg F32NegAcc : f32 => f32 = visit_f32_neg f32_neg;
            F32Ceil F32CeilAcc : f32 => f32 = visit_f32_ceil f32_ceil;
            F32Floor F32FloorAcc : f32 => f32 = visit_f32_floor f32_floor;
            F32Trunc F32TruncAcc : f32 => f32 = visit_f32_trunc f32_trunc;
            F32Nearest F32NearestAcc : f32 => f32 = visit_f32_nearest f32_nearest;
            F32Sqrt F32SqrtAcc : f32 => f32 = visit_f32_sqrt f32_sqrt;
            F64Abs F64AbsAcc : f64 => f64 = visit_f64_abs f64_abs;
            F64Neg F64NegAcc : f64 => f64 = visit_f64_neg f64_neg;
            F64Ceil F64CeilAcc : f64 => f64 = visit_f64_ceil f64_ceil;
            F64Floor F64FloorAcc : f64 => f64 = visit_f64_floor f64_floor;
            F64Trunc F64TruncAcc : f64 => f64 = visit_f64_trunc f64_trunc;
            F64Nearest F64NearestAcc : f64 => f64 = visit_f64_nearest f64_nearest;
            F64Sqrt F64SqrtAcc : f64 => f64 = visit_f64_sqrt f64_sqrt;
            I32WrapI64 I32WrapI64Acc : i64 => i32 = visit_i32_wrap_i64 i32_wrap_i64;
            I64ExtendI32S I64ExtendI32SAcc : i32 => i64 = visit_i64_extend_i32_s i64_extend_i32_s;
            I64ExtendI32U I64ExtendI32UAcc : i32 => i64 = visit_i64_extend_i32_u i64_extend_i32_u;
            F32DemoteF64 F32DemoteF64Acc : f64 => f32 = visit_f32_demote_f64 f32_demote_f64;
            F64PromoteF32 F64PromoteF32Acc : f32 => f64 = visit_f64_promote_f32 f64_promote_f32;
            I32ReinterpretF32 I32ReinterpretF32Acc : f32 => i32 = visit_i32_reinterpret_f32 i32_reinterpret_f32;
            I64ReinterpretF64 I64ReinterpretF64Acc : f64 => i64 = visit_i64_reinterpret_f64 i64_reinterpret_f64;
            F32ReinterpretI32 F32ReinterpretI32Acc : i32 => f32 = visit_f32_reinterpret_i32 f32_reinterpret_i32;
            F64ReinterpretI64 F64ReinterpretI64Acc : i64 => f64 = visit_f64_reinterpret_i64 f64_reinterpret_i64;
            F32ConvertI32S F32ConvertI32SAcc : i32 => f32 = visit_f32_convert_i32_s f32_convert_i32_s;
            F32ConvertI32U F32ConvertI32UAcc : i32 => f32 = visit_f32_convert_i32_u f32_convert_i32_u;
            F32ConvertI64S F32ConvertI64SAcc : i64 => f32 = visit_f32_convert_i64_s f32_convert_i64_s;
            F32ConvertI64U F32ConvertI64UAcc : i64 => f32 = visit_f32_convert_i64_u f32_convert_i64_u;
            F64ConvertI32S F64ConvertI32SAcc : i32 => f64 = visit_f64_convert_i32_s f64_convert_i32_s;
            F64ConvertI32U F64ConvertI32UAcc : i32 => f64 = visit_f64_convert_i32_u f64_convert_i32_u;
            F64ConvertI64S F64ConvertI64SAcc : i64 => f64 = visit_f64_convert_i64_s f64_convert_i64_s;
            F64ConvertI64U F64ConvertI64UAcc : i64 => f64 = visit_f64_convert_i64_u f64_convert_i64_u;
            I32TruncSatF32S I32TruncSatF32SAcc : f32 => i32 = visit_i32_trunc_sat_f32_s i32_trunc_sat_f32_s;
            I32TruncSatF32U I32TruncSatF32UAcc : f32 => i32 = visit_i32_trunc_sat_f32_u i32_trunc_sat_f32_u;
            I32TruncSatF64S I32TruncSatF64SAcc : f64 => i32 = visit_i32_trunc_sat_f64_s i32_trunc_sat_f64_s;
            I32TruncSatF64U I32TruncSatF64UAcc : f64 => i32 = visit_i32_trunc_sat_f64_u i32_trunc_sat_f64_u;
            I64TruncSatF32S I64TruncSatF32SAcc : f32 => i64 = visit_i64_trunc_sat_f32_s i64_trunc_sat_f32_s;
            I64TruncSatF32U I64TruncSatF32UAcc : f32 => i64 = visit_i64_trunc_sat_f32_u i64_trunc_sat_f32_u;
            I64TruncSatF64S I64TruncSatF64SAcc : f64 => i64 = visit_i64_trunc_sat_f64_s i64_trunc_sat_f64_s;
            I64TruncSatF64U I64TruncSatF64UAcc : f64 => i64 = visit_i64_trunc_sat_f64_u i64_trunc_sat_f64_u;
            }
            fallible_unary {
            I32TruncF32S : f32 => i32 = visit_i32_trunc_f32_s i32_trunc_f32_s;
            I32TruncF32U : f32 => i32 = visit_i32_trunc_f32_u i32_trunc_f32_u;
            I32TruncF64S : f64 => i32 = visit_i32_trunc_f64_s i32_trunc_f64_s;
            I32TruncF64U : f64 => i32 = visit_i32_trunc_f64_u i32_trunc_f64_u;
            I64TruncF32S : f32 => i64 = visit_i64_trunc_f32_s i64_trunc_f32_s;
            I64TruncF32U : f32 => i64 = visit_i64_trunc_f32_u i64_trunc_f32_u;
            I64TruncF64S : f64 => i64 = visit_i64_trunc_f64_s i64_trunc_f64_s;
            I64TruncF64U : f64 => i64 = visit_i64_trunc_f64_u i64_trunc_f64_u;
            }
            load {
            I32Load I32LoadAcc I32LoadAny I32LoadSum I32LoadPair I32LoadPairAcc I32LoadFixed : u32 => i32 = visit_i32_load (|v: u32| v as i32);
            I64Load I64LoadAcc I64LoadAny I64LoadSum I64LoadPair I64LoadPairAcc I64LoadFixed : u64 => i64 = visit_i64_load (|v: u64| v as i64);
            F32Load F32LoadAcc F32LoadAny F32LoadSum F32LoadPair F32LoadPairAcc F32LoadFixed : u32 => f32 = visit_f32_load (|v: u32| f32::from_bits(v));
            F64Load F64LoadAcc F64LoadAny F64LoadSum F64LoadPair F64LoadPairAcc F64LoadFixed : u64 => f64 = visit_f64_load (|v: u64| f64::from_bits(v));
            I32Load8S I32Load8SAcc I32Load8SAny I32Load8SSum I32Load8SPair I32Load8SPairAcc I32Load8SFixed : i8 => i32 = visit_i32_load8_s (|v: i8| v as i32);
            I32Load8U I32Load8UAcc I32Load8UAny I32Load8USum I32Load8UPair I32Load8UPairAcc I32Load8UFixed : u8 => i32 = visit_i32_load8_u (|v: u8| v as i32);
            I32Load16S I32Load16SAcc I32Load16SAny I32Load16SSum I32Load16SPair I32Load16SPairAcc I32Load16SFixed : i16 => i32 = visit_i32_load16_s (|v: i16| v as i32);
            I32Load16U I32Load16UAcc I32Load16UAny I32Load16USum I32Load16UPair I32Load16UPairAcc I32Load16UFixed : u16 => i32 = visit_i32_load16_u (|v: u16| v as i32);
            I64Load8S I64Load8SAcc I64Load8SAny I64Load8SSum I64Load8SPair I64Load8SPairAcc I64Load8SFixed : i8 => i64 = visit_i64_load8_s (|v: i8| v as i64);
            I64Load8U I64Load8UAcc I64Load8UAny I64Load8USum I64Load8UPair I64Load8UPairAcc I64Load8UFixed : u8 => i64 = visit_i64_load8_u (|v: u8| v as i64);
            I64Load16S I64Load16SAcc I64Load16SAny I64Load16SSum I64Load16SPair I64Load16SPairAcc I64Load16SFixed : i16 => i64 = visit_i64_load16_s (|v: i16| v as i64);
            I64Load16U I64Load16UAcc I64Load16UAny I64Load16USum I64Load16UPair I64Load16UPairAcc I64Load16UFixed : u16 => i64 = visit_i64_load16_u (|v: u16| v as i64);
            I64Load32S I64Load32SAcc I64Load32SAny I64Load32SSum I64Load32SPair I64Load32SPairAcc I64Load32SFixed : i32 => i64 = visit_i64_load32_s (|v: i32| v as i64);
            I64Load32U I64Load32UAcc I64Load32UAny I64Load32USum I64Load32UPair I64Load32UPairAcc I64Load32UFixed : u32 => i64 = visit_i64_load32_u (|v: u32| v as i64);
            }
            store {
            I32Store I32StoreAcc I32StoreAt I32StoreImm I32StoreAny I32StoreSum I32StoreSumAcc I32StoreFixed I32StoreFixedAcc : i32 => u32 = visit_i32_store (|v: i32| v as u32);
            I64Store I64StoreAcc I64StoreAt I64StoreImm I64StoreAny I64StoreSum I64StoreSumAcc I64StoreFixed I64StoreFixedAcc : i64 => u64 = visit_i64_store (|v: i64| v as u64);
            F32Store F32StoreAcc F32StoreAt F32StoreImm F32StoreAny F32StoreSum F32StoreSumAcc F32StoreFixed F32StoreFixedAcc : f32 => u32 = visit_f32_store (|v: f32| v.to_bits());
            F64Store F64StoreAcc F64StoreAt F64StoreImm F64StoreAny F64StoreSum F64StoreSumAcc F64StoreFixed F64StoreFixedAcc : f64 => u64 = visit_f64_store (|v: f64| v.to_bits());
            I32Store8 I32Store8Acc I32Store8At I32Store8Imm I32Store8Any I32Store8Sum I32Store8SumAcc I32Store8Fixed I32Store8FixedAcc : i32 => u8 = visit_i32_store8 (|v: i32| v as u8);
            I32Store16 I32Store16Acc I32Store16At I32Store16Imm I32Store16Any I32Store16Sum I32Store16SumAcc I32Store16Fixed I32Store16FixedAcc : i32 => u16 = visit_i32_store16 (|v: i32| v as u16);
            I64Store8 I64Store8Acc I64Store8At I64Store8Imm I64Store8Any I64Store8Sum I64Store8SumAcc I64Store8Fixed I64Store8FixedAcc : i64 => u8 = visit_i64_store8 (|v: i64| v as u8);
            I64Store16 I64Store16Acc I64Store16At I64Store16Imm I64Store16Any I64Store16Sum I64Store16SumAcc I64Store16Fixed I64Store16FixedAcc : i64 => u16 = visit_i64_store16 (|v: i64| v as u16);
            I64Store32 I64Store32Acc I64Store32At I64Store32Imm I64Store32Any I64Store32Sum I64Store32SumAcc I64Store32Fixed I64Store32FixedAcc : i64 => u32 = visit_i64_store32 (|v: i64| v as u32);
            }
            }
            {
            unary {
            V128Not = visit_v128_not v128_not;
            I8x16Abs = visit_i8x16_abs i8x16_abs;
            I8x16Neg = visit_i8x16_neg i8x16_neg;
            I8x16Popcnt = visit_i8x16_popcnt i8x16_popcnt;
            I16x8ExtAddPairwiseI8x16S = visit_i16x8_extadd_pairwise_i8x16_s i16x8_extadd_pairwise_i8x16_s;
            I16x8ExtAddPairwiseI8x16U = visit_i16x8_extadd_pairwise_i8x16_u i16x8_extadd_pairwise_i8x16_u;
            I16x8Abs = visit_i16x8_abs i16x8_abs;
            I16x8Neg = visit_i16x8_neg i16x8_neg;
            I16x8ExtendLowI8x16S = visit_i16x8_extend_low_i8x16_s i16x8_extend_low_i8x16_s;
            I16x8ExtendHighI8x16S = visit_i16x8_extend_high_i8x16_s i16x8_extend_high_i8x16_s;
            I16x8ExtendLowI8x16U = visit_i16x8_extend_low_i8x16_u i16x8_extend_low_i8x16_u;
            I16x8ExtendHighI8x16U = visit_i16x8_extend_high_i8x16_u i16x8_extend_high_i8x16_u;
            I32x4ExtAddPairwiseI16x8S = visit_i32x4_extadd_pairwise_i16x8_s i32x4_extadd_pairwise_i16x8_s;
            I32x4ExtAddPairwiseI16x8U = visit_i32x4_extadd_pairwise_i16x8_u i32x4_extadd_pairwise_i16x8_u;
            I32x4Abs = visit_i32x4_abs i32x4_abs;
            I32x4Neg = visit_i32x4_neg i32x4_neg;
            I32x4ExtendLowI16x8S = visit_i32x4_extend_low_i16x8_s i32x4_extend_low_i16x8_s;
            I32x4ExtendHighI16x8S = visit_i32x4_extend_high_i16x8_s i32x4_extend_high_i16x8_s;
            I32x4ExtendLowI16x8U = visit_i32x4_extend_low_i16x8_u i32x4_extend_low_i16x8_u;
            I32x4ExtendHighI16x8U = visit_i32x4_extend_high_i16x8_u i32x4_extend_high_i16x8_u;
            I64x2Abs = visit_i64x2_abs i64x2_abs;
            I64x2Neg = visit_i64x2_neg i64x2_neg;
            I64x2ExtendLowI32x4S = visit_i64x2_extend_low_i32x4_s i64x2_extend_low_i32x4_s;
            I64x2ExtendHighI32x4S = visit_i64x2_extend_high_i32x4_s i64x2_extend_high_i32x4_s;
            I64x2ExtendLowI32x4U = visit_i64x2_extend_low_i32x4_u i64x2_extend_low_i32x4_u;
            I64x2ExtendHighI32x4U = visit_i64x2_extend_high_i32x4_u i64x2_extend_high_i32x4_u;
            F32x4Ceil = visit_f32x4_ceil f32x4_ceil;
            F32x4Floor = visit_f32x4_floor f32x4_floor;
            F32x4Trunc = visit_f32x4_trunc f32x4_trunc;
            F32x4Nearest = visit_f32x4_nearest f32x4_nearest;
            F32x4Abs = visit_f32x4_abs f32x4_abs;
            F32x4Neg = visit_f32x4_neg f32x4_neg;
            F32x4Sqrt = visit_f32x4_sqrt f32x4_sqrt;
            F64x2Ceil = visit_f64x2_ceil f64x2_ceil;
            F64x2Floor = visit_f64x2_floor f64x2_floor;
            F64x2Trunc = visit_f64x2_trunc f64x2_trunc;
            F64x2Nearest = visit_f64x2_nearest f64x2_nearest;
            F64x2Abs = visit_f64x2_abs f64x2_abs;
            F64x2Neg = visit_f64x2_neg f64x2_neg;
            F64x2Sqrt = visit_f64x2_sqrt f64x2_sqrt;
            I32x4TruncSatF32x4S = visit_i32x4_trunc_sat_f32x4_s i32x4_trunc_sat_f32x4_s;
            I32x4TruncSatF32x4U = visit_i32x4_trunc_sat_f32x4_u i32x4_trunc_sat_f32x4_u;
            F32x4ConvertI32x4S = visit_f32x4_convert_i32x4_s f32x4_convert_i32x4_s;
            F32x4ConvertI32x4U = visit_f32x4_convert_i32x4_u f32x4_convert_i32x4_u;
            I32x4TruncSatF64x2SZero = visit_i32x4_trunc_sat_f64x2_s_zero i32x4_trunc_sat_f64x2_s_zero;
            I32x4TruncSatF64x2UZero = visit_i32x4_trunc_sat_f64x2_u_zero i32x4_trunc_sat_f64x2_u_zero;
            F64x2ConvertLowI32x4S = visit_f64x2_convert_low_i32x4_s f64x2_convert_low_i32x4_s;
            F64x2ConvertLowI32x4U = visit_f64x2_convert_low_i32x4_u f64x2_convert_low_i32x4_u;
            F32x4DemoteF64x2Zero = visit_f32x4_demote_f64x2_zero f32x4_demote_f64x2_zero;
            F64x2PromoteLowF32x4 = visit_f64x2_promote_low_f32x4 f64x2_promote_low_f32x4;
            I32x4RelaxedTruncF32x4S = visit_i32x4_relaxed_trunc_f32x4_s i32x4_relaxed_trunc_f32x4_s;
            I32x4RelaxedTruncF32x4U = visit_i32x4_relaxed_trunc_f32x4_u i32x4_relaxed_trunc_f32x4_u;
            I32x4RelaxedTruncF64x2SZero = visit_i32x4_relaxed_trunc_f64x2_s_zero i32x4_relaxed_trunc_f64x2_s_zero;
            I32x4RelaxedTruncF64x2UZero = visit_i32x4_relaxed_trunc_f64x2_u_zero i32x4_relaxed_trunc_f64x2_u_zero;
            }
            binary {
            I8x16Swizzle = visit_i8x16_swizzle i8x16_swizzle;
            I8x16Eq = visit_i8x16_eq i8x16_eq;
            I8x16Ne = visit_i8x16_ne i8x16_ne;
            I8x16LtS = visit_i8x16_lt_s i8x16_lt_s;
            I8x16LtU = visit_i8x16_lt_u i8x16_lt_u;
            I8x16GtS = visit_i8x16_gt_s i8x16_gt_s;
            I8x16GtU = visit_i8x16_gt_u i8x16_gt_u;
            I8x16LeS = visit_i8x16_le_s i8x16_le_s;
            I8x16LeU = visit_i8x16_le_u i8x16_le_u;
            I8x16GeS = visit_i8x16_ge_s i8x16_ge_s;
            I8x16GeU = visit_i8x16_ge_u i8x16_ge_u;
            I16x8Eq = visit_i16x8_eq i16x8_eq;
            I16x8Ne = visit_i16x8_ne i16x8_ne;
            I16x8LtS = visit_i16x8_lt_s i16x8_lt_s;
            I16x8LtU = visit_i16x8_lt_u i16x8_lt_u;
            I16x8GtS = visit_i16x8_gt_s i16x8_gt_s;
            I16x8GtU = visit_i16x8_gt_u i16x8_gt_u;
            I16x8LeS = visit_i16x8_le_s i16x8_le_s;
            I16x8LeU = visit_i16x8_le_u i16x8_le_u;
            I16x8GeS = visit_i16x8_ge_s i16x8_ge_s;
            I16x8GeU = visit_i16x8_ge_u i16x8_ge_u;
            I32x4Eq = visit_i32x4_eq i32x4_eq;
            I32x4Ne = visit_i32x4_ne i32x4_ne;
            I32x4LtS = visit_i32x4_lt_s i32x4_lt_s;
            I32x4LtU = visit_i32x4_lt_u i32x4_lt_u;
            I32x4GtS = visit_i32x4_gt_s i32x4_gt_s;
            I32x4GtU = visit_i32x4_gt_u i32x4_gt_u;
            I32x4LeS = visit_i32x4_le_s i32x4_le_s;
            I32x4LeU = visit_i32x4_le_u i32x4_le_u;
            I32x4GeS = visit_i32x4_ge_s i32x4_ge_s;
            I32x4GeU = visit_i32x4_ge_u i32x4_ge_u;
            I64x2Eq = visit_i64x2_eq i64x2_eq;
            I64x2Ne = visit_i64x2_ne i64x2_ne;
            I64x2LtS = visit_i64x2_lt_s i64x2_lt_s;
            I64x2GtS = visit_i64x2_gt_s i64x2_gt_s;
            I64x2LeS = visit_i64x2_le_s i64x2_le_s;
            I64x2GeS = visit_i64x2_ge_s i64x2_ge_s;
            F32x4Eq = visit_f32x4_eq f32x4_eq;
            F32x4Ne = visit_f32x4_ne f32x4_ne;
            F32x4Lt = visit_f32x4_lt f32x4_lt;
            F32x4Gt = visit_f32x4_gt f32x4_gt;
            F32x4Le = visit_f32x4_le f32x4_le;
            F32x4Ge = visit_f32x4_ge f32x4_ge;
            F64x2Eq = visit_f64x2_eq f64x2_eq;
            F64x2Ne = visit_f64x2_ne f64x2_ne;
            F64x2Lt = visit_f64x2_lt f64x2_lt;
            F64x2Gt = visit_f64x2_gt f64x2_gt;
            F64x2Le = visit_f64x2_le f64x2_le;
            F64x2Ge = visit_f64x2_ge f64x2_ge;
            V128And = visit_v128_and v128_and;
            V128AndNot = visit_v128_andnot v128_andnot;
            V128Or = visit_v128_or v128_or;
            V128Xor = visit_v128_xor v128_xor;
            I8x16NarrowI16x8S = visit_i8x16_narrow_i16x8_s i8x16_narrow_i16x8_s;
            I8x16NarrowI16x8U = visit_i8x16_narrow_i16x8_u i8x16_narrow_i16x8_u;
            I8x16Add = visit_i8x16_add i8x16_add;
            I8x16AddSatS = visit_i8x16_add_sat_s i8x16_add_sat_s;
            I8x16AddSatU = visit_i8x16_add_sat_u i8x16_add_sat_u;
            I8x16Sub = visit_i8x16_sub i8x16_sub;
            I8x16SubSatS = visit_i8x16_sub_sat_s i8x16_sub_sat_s;
            I8x16SubSatU = visit_i8x16_sub_sat_u i8x16_sub_sat_u;
            I8x16MinS = visit_i8x16_min_s i8x16_min_s;
            I8x16MinU = visit_i8x16_min_u i8x16_min_u;
            I8x16MaxS = visit_i8x16_max_s i8x16_max_s;
            I8x16MaxU = visit_i8x16_max_u i8x16_max_u;
            I8x16AvgrU = visit_i8x16_avgr_u i8x16_avgr_u;
            I16x8Q15MulrSatS = visit_i16x8_q15mulr_sat_s i16x8_q15mulr_sat_s;
            I16x8NarrowI32x4S = visit_i16x8_narrow_i32x4_s i16x8_narrow_i32x4_s;
            I16x8NarrowI32x4U = visit_i16x8_narrow_i32x4_u i16x8_narrow_i32x4_u;
            I16x8Add = visit_i16x8_add i16x8_add;
            I16x8AddSatS = visit_i16x8_add_sat_s i16x8_add_sat_s;
            I16x8AddSatU = visit_i16x8_add_sat_u i16x8_add_sat_u;
            I16x8Sub = visit_i16x8_sub i16x8_sub;
            I16x8SubSatS = visit_i16x8_sub_sat_s i16x8_sub_sat_s;
            I16x8SubSatU = visit_i16x8_sub_sat_u i16x8_sub_sat_u;
            I16x8Mul = visit_i16x8_mul i16x8_mul;
            I16x8MinS = visit_i16x8_min_s i16x8_min_s;
            I16x8MinU = visit_i16x8_min_u i16x8_min_u;
            I16x8MaxS = visit_i16x8_max_s i16x8_max_s;
            I16x8MaxU = visit_i16x8_max_u i16x8_max_u;
            I16x8AvgrU = visit_i16x8_avgr_u i16x8_avgr_u;
            I16x8ExtMulLowI8x16S = visit_i16x8_extmul_low_i8x16_s i16x8_extmul_low_i8x16_s;
            I16x8ExtMulHighI8x16S = visit_i16x8_extmul_high_i8x16_s i16x8_extmul_high_i8x16_s;
            I16x8ExtMulLowI8x16U = visit_i16x8_extmul_low_i8x16_u i16x8_extmul_low_i8x16_u;
            I16x8ExtMulHighI8x16U = visit_i16x8_extmul_high_i8x16_u i16x8_extmul_high_i8x16_u;
            I32x4Add = visit_i32x4_add i32x4_add;
            I32x4Sub = visit_i32x4_sub i32x4_sub;
            I32x4Mul = visit_i32x4_mul i32x4_mul;
            I32x4MinS = visit_i32x4_min_s i32x4_min_s;
            I32x4MinU = visit_i32x4_min_u i32x4_min_u;
            I32x4MaxS = visit_i32x4_max_s i32x4_max_s;
            I32x4MaxU = visit_i32x4_max_u i32x4_max_u;
            I32x4DotI16x8S = visit_i32x4_dot_i16x8_s i32x4_dot_i16x8_s;
            I32x4ExtMulLowI16x8S = visit_i32x4_extmul_low_i16x8_s i32x4_extmul_low_i16x8_s;
            I32x4ExtMulHighI16x8S = visit_i32x4_extmul_high_i16x8_s i32x4_extmul_high_i16x8_s;
            I32x4ExtMulLowI16x8U = visit_i32x4_extmul_low_i16x8_u i32x4_extmul_low_i16x8_u;
            I32x4ExtMulHighI16x8U = visit_i32x4_extmul_high_i16x8_u i32x4_extmul_high_i16x8_u;
            I64x2Add = visit_i64x2_add i64x2_add;
            I64x2Sub = visit_i64x2_sub i64x2_sub;
            I64x2Mul = visit_i64x2_mul i64x2_mul;
            I64x2ExtMulLowI32x4S = visit_i64x2_extmul_low_i32x4_s i64x2_extmul_low_i32x4_s;
            I64x2ExtMulHighI32x4S = visit_i64x2_extmul_high_i32x4_s i64x2_extmul_high_i32x4_s;
            I64x2ExtMulLowI32x4U = visit_i64x2_extmul_low_i32x4_u i64x2_extmul_low_i32x4_u;
            I64x2ExtMulHighI32x4U = visit_i64x2_extmul_high_i32x4_u i64x2_extmul_high_i32x4_u;
            F32x4Add = visit_f32x4_add f32x4_add;
            F32x4Sub = visit_f32x4_sub f32x4_sub;
            F32x4Mul = visit_f32x4_mul f32x4_mul;
            F32x4Div = visit_f32x4_div f32x4_div;
            F32x4Min = visit_f32x4_min f32x4_min;
            F32x4Max = visit_f32x4_max f32x4_max;
            F32x4PMin = visit_f32x4_pmin f32x4_pmin;
            F32x4PMax = visit_f32x4_pmax f32x4_pmax;
            F64x2Add = visit_f64x2_add f64x2_add;
            F64x2Sub = visit_f64x2_sub f64x2_sub;
            F64x2Mul = visit_f64x2_mul f64x2_mul;
            F64x2Div = visit_f64x2_div f64x2_div;
            F64x2Min = visit_f64x2_min f64x2_min;
            F64x2Max = visit_f64x2_max f64x2_max;
            F64x2PMin = visit_f64x2_pmin f64x2_pmin;
            F64x2PMax = visit_f64x2_pmax f64x2_pmax;
            I8x16RelaxedSwizzle = visit_i8x16_relaxed_swizzle i8x16_relaxed_swizzle;
            F32x4RelaxedMin = visit_f32x4_relaxed_min f32x4_relaxed_min;
            F32x4RelaxedMax = visit_f32x4_relaxed_max f32x4_relaxed_max;
            F64x2RelaxedMin = visit_f64x2_relaxed_min f64x2_relaxed_min;
            F64x2RelaxedMax = visit_f64x2_relaxed_max f64x2_relaxed_max;
            I16x8RelaxedQ15mulrS = visit_i16x8_relaxed_q15mulr_s i16x8_relaxed_q15mulr_s;
            I16x8RelaxedDotI8x16I7x16S = visit_i16x8_relaxed_dot_i8x16_i7x16_s i16x8_relaxed_dot_i8x16_i7x16_s;
            }
            ternary {
            V128Bitselect = visit_v128_bitselect v128_bitselect;
            F32x4RelaxedMadd = visit_f32x4_relaxed_madd f32x4_relaxed_madd;
            F32x4RelaxedNmadd = visit_f32x4_relaxed_nmadd f32x4_relaxed_nmadd;
            F64x2RelaxedMadd = visit_f64x2_relaxed_madd f64x2_relaxed_madd;
            F64x2RelaxedNmadd = visit_f64x2_relaxed_nmadd f64x2_relaxed_nmadd;
            I8x16RelaxedLaneselect = visit_i8x16_relaxed_laneselect i8x16_relaxed_laneselect;
            I16x8RelaxedLaneselect = visit_i16x8_relaxed_laneselect i16x8_relaxed_laneselect;
            I32x4RelaxedLaneselect = visit_i32x4_relaxed_laneselect i32x4_relaxed_laneselect;
            I64x2RelaxedLaneselect = visit_i64x2_relaxed_laneselect i64x2_relaxed_laneselect;
            I32x4RelaxedDotI8x16I7x16AddS = visit_i32x4_relaxed_dot_i8x16_i7x16_add_s i32x4_relaxed_dot_i8x16_i7x16_add_s;
            }
            shift {
            I8x16Shl I8x16ShlImm = visit_i8x16_shl i8x16_shl;
            I8x16ShrS I8x16ShrSImm = visit_i8x16_shr_s i8x16_shr_s;
            I8x16ShrU I8x16ShrUImm = visit_i8x16_shr_u i8x16_shr_u;
            I16x8Shl I16x8ShlImm = visit_i16x8_shl i16x8_shl;
            I16x8ShrS I16x8ShrSImm = visit_i16x8_shr_s i16x8_shr_s;
            I16x8ShrU I16x8ShrUImm = visit_i16x8_shr_u i16x8_shr_u;
            I32x4Shl I32x4ShlImm = visit_i32x4_shl i32x4_shl;
            I32x4ShrS I32x4ShrSImm = visit_i32x4_shr_s i32x4_shr_s;
            I32x4ShrU I32x4ShrUImm = visit_i32x4_shr_u i32x4_shr_u;
            I64x2Shl I64x2ShlImm = visit_i64x2_shl i64x2_shl;
            I64x2ShrS I64x2ShrSImm = visit_i64x2_shr_s i64x2_shr_s;
            I64x2ShrU I64x2ShrUImm = visit_i64x2_shr_u i64x2_shr_u;
            }
            test {
            V128AnyTrue : bool = visit_v128_any_true v128_any_true;
            I8x16AllTrue : bool = visit_i8x16_all_true i8x16_all_true;
            I8x16Bitmask : i32 = visit_i8x16_bitmask i8x16_bitmask;
            I16x8AllTrue : bool = visit_i16x8_all_true i16x8_all_true;
            I16x8Bitmask : i32 = visit_i16x8_bitmask i16x8_bitmask;
            I32x4AllTrue : bool = visit_i32x4_all_true i32x4_all_true;
            I32x4Bitmask : i32 = visit_i32x4_bitmask i32x4_bitmask;
            I64x2AllTrue : bool = visit_i64x2_all_true i64x2_all_true;
            I64x2Bitmask : i32 = visit_i64x2_bitmask i64x2_bitmask;
            }
            splat {
            I8x16Splat : i32 = visit_i8x16_splat i8x16_splat;
            I16x8Splat : i32 = visit_i16x8_splat i16x8_splat;
            I32x4Splat : i32 = visit_i32x4_splat i32x4_splat;
            I64x2Splat : i64 = visit_i64x2_splat i64x2_splat;
            F32x4Splat : f32 = visit_f32x4_splat f32x4_splat;
            F64x2Splat : f64 = visit_f64x2_splat f64x2_splat;
            }
            extract {
            I8x16ExtractLaneS : i32 = visit_i8x16_extract_lane_s i8x16_extract_lane_s;
            I8x16ExtractLaneU : i32 = visit_i8x16_extract_lane_u i8x16_extract_lane_u;
            I16x8ExtractLaneS : i32 = visit_i16x8_extract_lane_s i16x8_extract_lane_s;
            I16x8ExtractLaneU : i32 = visit_i16x8_extract_lane_u i16x8_extract_lane_u;
            I32x4ExtractLane : i32 = visit_i32x4_extract_lane i32x4_extract_lane;
            I64x2ExtractLane : i64 = visit_i64x2_extract_lane i64x2_extract_lane;
            F32x4ExtractLane : f32 = visit_f32x4_extract_lane f32x4_extract_lane;
            F64x2ExtractLane : f64 = visit_f64x2_extract_lane f64x2_extract_lane;
            }
            replace {
            I8x16ReplaceLane : i32 = visit_i8x16_replace_lane i8x16_replace_lane;
            I16x8ReplaceLane : i32 = visit_i16x8_replace_lane i16x8_replace_lane;
            I32x4ReplaceLane : i32 = visit_i32x4_replace_lane i32x4_replace_lane;
            I64x2ReplaceLane : i64 = visit_i64x2_replace_lane i64x2_replace_lane;
            F32x4ReplaceLane : f32 = visit_f32x4_replace_lane f32x4_replace_lane;
            F64x2ReplaceLane : f64 = visit_f64x2_replace_lane f64x2_replace_lane;
            }
            load {
            V128Load V128LoadAny V128LoadSum : [u8; 16] => V128 = visit_v128_load (|v: [u8; 16]| V128::from_bytes(v));
            V128Load8x8S V128Load8x8SAny V128Load8x8SSum : [u8; 8] => V128 = visit_v128_load8x8_s (|v: [u8; 8]| simd::v128_load8x8_s(&v));
            V128Load8x8U V128Load8x8UAny V128Load8x8USum : [u8; 8] => V128 = visit_v128_load8x8_u (|v: [u8; 8]| simd::v128_load8x8_u(&v));
            V128Load16x4S V128Load16x4SAny V128Load16x4SSum : [u8; 8] => V128 = visit_v128_load16x4_s (|v: [u8; 8]| simd::v128_load16x4_s(&v));
            V128Load16x4U V128Load16x4UAny V128Load16x4USum : [u8; 8] => V128 = visit_v128_load16x4_u (|v: [u8; 8]| simd::v128_load16x4_u(&v));
            V128Load32x2S V128Load32x2SAny V128Load32x2SSum : [u8; 8] => V128 = visit_v128_load32x2_s (|v: [u8; 8]| simd::v128_load32x2_s(&v));
            V128Load32x2U V128Load32x2UAny V128Load32x2USum : [u8; 8] => V128 = visit_v128_load32x2_u (|v: [u8; 8]| simd::v128_load32x2_u(&v));
            V128Load8Splat V128Load8SplatAny V128Load8SplatSum : u8 => V128 = visit_v128_load8_splat (|v: u8| simd::i8x16_splat(v as i32));
            V128Load16Splat V128Load16SplatAny V128Load16SplatSum : u16 => V128 = visit_v128_load16_splat (|v: u16| simd::i16x8_splat(v as i32));
            V128Load32Splat V128Load32SplatAny V128Load32SplatSum : u32 => V128 = visit_v128_load32_splat (|v: u32| simd::i32x4_splat(v as i32));
            V128Load64Splat V128Load64SplatAny V128Load64SplatSum : u64 => V128 = visit_v128_load64_splat (|v: u64| simd::i64x2_splat(v as i64));
            V128Load32Zero V128Load32ZeroAny V128Load32ZeroSum : [u8; 4] => V128 = visit_v128_load32_zero (|v: [u8; 4]| simd::v128_load32_zero(&v));
            V128Load64Zero V128Load64ZeroAny V128Load64ZeroSum : [u8; 8] => V128 = visit_v128_load64_zero (|v: [u8; 8]| simd::v128_load64_zero(&v));
            }
            load_lane {
            V128Load8Lane : u8 = visit_v128_load8_lane (|x: V128, lane: u8, v: u8| simd::i8x16_replace_lane(x, lane, v as i32));
            V128Load16Lane : u16 = visit_v128_load16_lane (|x: V128, lane: u8, v: u16| simd::i16x8_replace_lane(x, lane, v as i32));
            V128Load32Lane : u32 = visit_v128_load32_lane (|x: V128, lane: u8, v: u32| simd::i32x4_replace_lane(x, lane, v as i32));
            V128Load64Lane : u64 = visit_v128_load64_lane (|x: V128, lane: u8, v: u64| simd::i64x2_replace_lane(x, lane, v as i64));
            }
            store_lane {
            V128Store8Lane : u8 = visit_v128_store8_lane (|x: V128, lane: u8| simd::i8x16_extract_lane_u(x, lane) as u8);
            V128Store16Lane : u16 = visit_v128_store16_lane (|x: V128, lane: u8| simd::i16x8_extract_lane_u(x, lane) as u16);
            V128Store32Lane : u32 = visit_v128_store32_lane (|x: V128, lane: u8| simd::i32x4_extract_lane(x, lane) as u32);
            V128Store64Lane : u64 = visit_v128_store64_lane (|x: V128, lane: u8| simd::i64x2_extract_lane(x, lane) as u64);
            }
            }
            {
            // Moves.
            Copy { Dst Src }
            Copy128 { Dst Src }
            CopyMany { Dst Src U16 }
            CopyTwo { Dst Src Dst Src }
            CopyBr { Dst Src Branch }
            Const32 { Dst Imm32 }
            Const64 { Dst Imm64 }
            Const128 { Dst Imm64 Imm64 }
            Select { Dst Src Src Src }
            SelectAcc { Dst Src Src Src }
            Select128 { Dst Src Src Src }
            GlobalGet { Dst U32 }
            GlobalSet { Src U32 }
            GlobalGet128 { Dst U32 }
            GlobalSet128 { Src U32 }
            RefFunc { Dst U32 }
            // Control.
            Enter { U16 U16 U16 }
            Unreachable { }
            Br { Branch }
            BrIf { Src Branch }
            BrIfAcc { Src Branch }
            BrIfNot { Src Branch }
            BrIfNotAcc { Src Branch }
            BrTable { Src U32 }
            Return { U16 }
            ReturnSlot { U16 Src }
            ReturnAcc { U16 Src }
            Call { U32 U16 U16 }
            CallImport { U32 U16 U16 }
            CallIndirect { U32 U32 Src U16 U16 U16 }
            ReturnCall { U32 U16 U16 U16 U16 }
            ReturnCallImport { U32 U16 U16 U16 }
            ReturnCallIndirect { U32 U32 Src U16 U16 U16 }
            RestoreInstance { U16 }
            SwitchBack { }
            Halt { }
            Lazy { U32 }
            Fuel { U32 }
            Poll { }
            // Memories.
            MemorySize { Dst U32 }
            MemoryGrow { Dst Src U32 }
            MemoryInit { Src Src Src U32 U32 }
            MemoryCopy { Src Src Src U32 U32 }
            MemoryFill { Src Src Src U32 }
            DataDrop { U32 }
            // Tables.
            TableGet { Dst Src U32 }
            TableSet { Src Src U32 }
            TableSize { Dst U32 }
            TableGrow { Dst Src Src U32 }
            TableFill { Src Src Src U32 }
            TableCopy { Src Src Src U32 U32 }
            TableInit { Src Src Src U32 U32 }
            ElemDrop { U32 }
            // Pairs that follow one another so often that they are worth an operation: two additions, an addition and
            // a branch on its result or on a comparison of it, a product and a sum.
            I32AddImmTwo { Dst Src Imm32 Dst Src Imm32 }
            I32AddImmBrIf { Dst Src Imm32 Branch }
            I32AddImmBrNe { Dst Src Imm32 Src Branch }
            I32AddImmBrNeImm { Dst Src Imm32 Imm32 Branch }
            I32AddImmBrLtS { Dst Src Imm32 Src Branch }
            I32AddImmBrLtU { Dst Src Imm32 Src Branch }
            I32AddImmBrLtSImm { Dst Src Imm32 Imm32 Branch }
            I32AddImmBrLtUImm { Dst Src Imm32 Imm32 Branch }
            F32MulAdd { Dst Src Src Src }
            F32MulAddAcc { Dst Src Src Src }
            F32MulSub { Dst Src Src Src }
            F32MulSubAcc { Dst Src Src Src }
            F64MulAdd { Dst Src Src Src }
            F64MulAddAcc { Dst Src Src Src }
            F64MulSub { Dst Src Src Src }
            F64MulSubAcc { Dst Src Src Src }
            F32x4MulAdd { Dst Src Src Src }
            F64x2MulAdd { Dst Src Src Src }
            // Wide arithmetic.
            I64Add128 { Dst Dst Src Src Src Src }
            I64Sub128 { Dst Dst Src Src Src Src }
            I64MulWideS { Dst Dst Src Src }
            I64MulWideU { Dst Dst Src Src }
            // Vectors.
            I8x16Shuffle { Dst Src Src Imm64 Imm64 }
            V128Store { Src Src U32 }
            V128StoreAny { Src Src U32 U64 }
            V128StoreSum { Src Imm32 Src U32 }
            CanonF32 { Dst }
            CanonF64 { Dst }
            CanonF32x4 { Dst }
            CanonF64x2 { Dst }
            }
        }
    };
}
pub(crate) use for_each_operation;
