/** PyTorch's public names, by namespace and kind. Written by test/cells/torch/pytorch/record-public.py. */

export type NameKind = 'method' | 'builtin' | 'function' | 'class' | 'module' | 'value';

export const PYTORCH_VERSION = '1.13.0';

export const PUBLIC_NAMES: Readonly<Record<string, Partial<Record<NameKind, string>>>> = {
  torch: {
    builtin:
      'autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache get_autocast_cpu_dtype get_autocast_gpu_dtype get_default_dtype get_num_interop_threads get_num_threads is_anomaly_check_nan_enabled is_anomaly_enabled is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled is_grad_enabled is_inference_mode_enabled set_anomaly_enabled set_autocast_cache_enabled set_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_enabled set_autocast_gpu_dtype set_flush_denormal set_num_interop_threads set_num_threads to_dlpack',
    class:
      'BFloat16Storage BFloat16Tensor BoolStorage BoolTensor ByteStorage ByteTensor CharStorage CharTensor ComplexDoubleStorage ComplexFloatStorage DoubleStorage DoubleTensor FloatStorage FloatTensor Generator HalfStorage HalfTensor IntStorage IntTensor LongStorage LongTensor QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage ShortStorage ShortTensor Size Storage Tensor TypedStorage UntypedStorage autocast device dtype enable_grad finfo iinfo inference_mode layout memory_format no_grad qscheme set_grad_enabled',
    function:
      'align_tensors are_deterministic_algorithms_enabled atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul classproperty compiled_with_cxx11_abi eig einsum from_dlpack get_deterministic_debug_mode get_file_path get_float32_matmul_precision get_rng_state initial_seed is_deterministic_algorithms_warn_only_enabled is_storage is_tensor is_warn_always_enabled load lobpcg lstsq lu manual_seed matrix_rank meshgrid norm pca_lowrank prepare_multiprocessing_environment save seed set_default_dtype set_default_tensor_type set_deterministic_debug_mode set_float32_matmul_precision set_printoptions set_rng_state set_warn_always solve split stft svd_lowrank tensordot typename unique unique_consecutive use_deterministic_algorithms',
    method:
      'abs abs_ absolute acos acos_ acosh acosh_ adaptive_avg_pool1d adaptive_max_pool1d add addbmm addcdiv addcmul addmm addmv addmv_ addr adjoint affine_grid_generator alias_copy all allclose alpha_dropout alpha_dropout_ amax amin aminmax angle any arange arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan_ arctanh arctanh_ argmax argmin argsort argwhere as_strided as_strided_ as_strided_copy as_strided_scatter as_tensor asarray asin asin_ asinh asinh_ atan atan2 atan_ atanh atanh_ avg_pool1d baddbmm bartlett_window batch_norm batch_norm_backward_elemt batch_norm_backward_reduce batch_norm_elemt batch_norm_gather_stats batch_norm_gather_stats_with_counts batch_norm_stats batch_norm_update_stats bernoulli bilinear binary_cross_entropy_with_logits bincount binomial bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor blackman_window bmm broadcast_to bucketize can_cast candidate cat ccol_indices_copy ceil ceil_ celu celu_ channel_shuffle cholesky cholesky_inverse cholesky_solve choose_qparams_optimized chunk clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone col_indices_copy column_stack combinations complex concat concatenate conj conj_physical conj_physical_ constant_pad_nd conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d convolution copysign corrcoef cos cos_ cosh cosh_ cosine_embedding_loss cosine_similarity count_nonzero cov cross crow_indices_copy ctc_loss cudnn_affine_grid_generator cudnn_batch_norm cudnn_convolution cudnn_convolution_add_relu cudnn_convolution_relu cudnn_convolution_transpose cudnn_grid_sampler cudnn_is_acceptable cummax cummin cumprod cumsum cumulative_trapezoid deg2rad deg2rad_ dequantize det detach detach_ detach_copy diag diag_embed diagflat diagonal diagonal_copy diagonal_scatter diff digamma dist div divide dot dropout dropout_ dsmm dsplit dstack embedding embedding_bag embedding_renorm_ empty empty_like empty_quantized empty_strided eq equal erf erf_ erfc erfc_ erfinv exp exp2 exp2_ exp_ expand_copy expm1 expm1_ eye fake_quantize_per_channel_affine fake_quantize_per_tensor_affine fbgemm_linear_fp16_weight fbgemm_linear_fp16_weight_fp32_activation fbgemm_linear_int8_weight fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight fbgemm_pack_gemm_matrix_fp16 fbgemm_pack_quantized_matrix feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ fill fill_ fix fix_ flatten flip fliplr flipud float_power floor floor_ floor_divide fmax fmin fmod fork frac frac_ frexp frobenius_norm from_file from_numpy frombuffer full full_like fused_moving_avg_obs_fake_quant gather gcd gcd_ ge geqrf ger get_device gradient greater greater_equal grid_sampler grid_sampler_2d grid_sampler_3d group_norm gru gru_cell gt hamming_window hann_window hardshrink heaviside hinge_embedding_loss histc histogram histogramdd hsmm hsplit hspmm hstack hypot i0 i0_ igamma igammac imag import_ir_module import_ir_module_from_buffer index_add index_copy index_fill index_put index_put_ index_reduce index_select indices_copy init_num_threads inner instance_norm int_repr inverse is_complex is_conj is_distributed is_floating_point is_inference is_neg is_nonzero is_same_size is_signed is_vulkan_available isclose isfinite isin isinf isnan isneginf isposinf isreal istft kaiser_window kl_div kron kthvalue layer_norm lcm lcm_ ldexp ldexp_ le lerp less less_equal lgamma linspace log log10 log10_ log1p log1p_ log2 log2_ log_ log_softmax logaddexp logaddexp2 logcumsumexp logdet logical_and logical_not logical_or logical_xor logit logit_ logspace logsumexp lstm lstm_cell lt lu_solve lu_unpack margin_ranking_loss masked_fill masked_scatter masked_select matmul matrix_exp matrix_power max max_pool1d max_pool1d_with_indices max_pool2d max_pool3d maximum mean median merge_type_from_type_comment min minimum miopen_batch_norm miopen_convolution miopen_convolution_add_relu miopen_convolution_relu miopen_convolution_transpose miopen_depthwise_convolution miopen_rnn mkldnn_adaptive_avg_pool2d mkldnn_convolution mkldnn_linear_backward_weights mkldnn_max_pool2d mkldnn_max_pool3d mm mode moveaxis movedim msort mul multinomial multiply mv mvlgamma nan_to_num nan_to_num_ nanmean nanmedian nanquantile nansum narrow narrow_copy native_batch_norm native_channel_shuffle native_dropout native_group_norm native_layer_norm native_norm ne neg neg_ negative negative_ nextafter nonzero norm_except_dim normal not_equal nuclear_norm numel obj ones ones_like orgqr ormqr outer pairwise_distance parse_ir parse_schema parse_type_comment pdist permute permute_copy pinverse pixel_shuffle pixel_unshuffle poisson poisson_nll_loss polar polygamma positive pow prelu prod promote_types put q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qr quantile quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic quantized_batch_norm quantized_gru_cell quantized_lstm_cell quantized_max_pool1d quantized_max_pool2d quantized_rnn_relu_cell quantized_rnn_tanh_cell rad2deg rad2deg_ rand rand_like randint randint_like randn randn_like randperm range ravel read_vitals real reciprocal reciprocal_ relu relu_ remainder renorm repeat_interleave reshape resize_as_ resize_as_sparse_ resolve_conj resolve_neg result_type rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell roll rot90 round round_ row_indices_copy row_stack rrelu rrelu_ rsqrt rsqrt_ rsub saddmm scalar_tensor scatter scatter_add scatter_reduce searchsorted segment_reduce select select_copy select_scatter selu selu_ set_vital sgn sigmoid sigmoid_ sign signbit sin sin_ sinc sinc_ sinh sinh_ slice_copy slice_scatter slogdet smm softmax sort sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_coo_tensor sparse_csc_tensor sparse_csr_tensor split_copy split_with_sizes split_with_sizes_copy spmm sqrt sqrt_ square square_ squeeze squeeze_copy sspaddmm stack std std_mean sub subtract sum svd swapaxes swapdims symeig t t_copy take take_along_dim tan tan_ tanh tanh_ tensor tensor_split threshold threshold_ tile topk trace transpose transpose_copy trapezoid trapz triangular_solve tril tril_indices triplet_margin_loss triu triu_indices true_divide trunc trunc_ unbind unbind_copy unflatten unfold_copy unify_type_list unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze unsqueeze_copy values_copy vander var var_mean vdot view_as_complex view_as_complex_copy view_as_real view_as_real_copy view_copy vitals_enabled vsplit vstack wait where xlogy xlogy_ zero_ zeros zeros_like',
    module:
      'amp ao autograd backends classes cpu cuda distributed distributions fft functional futures fx hub jit library linalg masked multiprocessing nested nn onnx ops optim overrides package profiler quantization quasirandom random return_types serialization sparse special storage testing torch_version types utils version',
    value:
      'TYPE_CHECKING USE_GLOBAL_DEPS USE_RTLD_GLOBAL_WITH_LIBTORCH attr bfloat16 bool cdouble cfloat chalf channels_last channels_last_3d complex128 complex32 complex64 contiguous_format default_generator double e float float16 float32 float64 half has_cuda has_cudnn has_lapack has_mkl has_mkldnn has_mps has_openmp has_spectral inf int int16 int32 int64 int8 legacy_contiguous_format long name nan per_channel_affine per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine per_tensor_symmetric pi preserve_format qint32 qint8 quint2x4 quint4x2 quint8 short sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr strided uint8',
  },
  'torch.Tensor': {
    function:
      'align_to backward eig is_shared istft lstsq lu norm refine_names register_hook reinforce rename rename_ resize resize_as share_memory_ solve split stft storage storage_type to_sparse_coo unflatten unique unique_consecutive',
    method:
      'abs abs_ absolute absolute_ acos acos_ acosh acosh_ add add_ addbmm addbmm_ addcdiv addcdiv_ addcmul addcmul_ addmm addmm_ addmv addmv_ addr addr_ adjoint align_as all allclose amax amin aminmax angle any apply_ arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan2_ arctan_ arctanh arctanh_ argmax argmin argsort argwhere as_strided as_strided_ as_strided_scatter as_subclass asin asin_ asinh asinh_ atan atan2 atan2_ atan_ atanh atanh_ baddbmm baddbmm_ bernoulli bernoulli_ bfloat16 bincount bitwise_and bitwise_and_ bitwise_left_shift bitwise_left_shift_ bitwise_not bitwise_not_ bitwise_or bitwise_or_ bitwise_right_shift bitwise_right_shift_ bitwise_xor bitwise_xor_ bmm bool broadcast_to byte cauchy_ ccol_indices cdouble ceil ceil_ cfloat chalf char cholesky cholesky_inverse cholesky_solve chunk clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone coalesce col_indices conj conj_physical conj_physical_ contiguous copy_ copysign copysign_ corrcoef cos cos_ cosh cosh_ count_nonzero cov cpu cross crow_indices cuda cummax cummin cumprod cumprod_ cumsum cumsum_ data_ptr deg2rad deg2rad_ dense_dim dequantize det detach detach_ diag diag_embed diagflat diagonal diagonal_scatter diff digamma digamma_ dim dist div div_ divide divide_ dot double dsplit element_size eq eq_ equal erf erf_ erfc erfc_ erfinv erfinv_ exp exp2 exp2_ exp_ expand expand_as expm1 expm1_ exponential_ fill_ fill_diagonal_ fix fix_ flatten flip fliplr flipud float float_power float_power_ floor floor_ floor_divide floor_divide_ fmax fmin fmod fmod_ frac frac_ frexp gather gcd gcd_ ge ge_ geometric_ geqrf ger get_device greater greater_ greater_equal greater_equal_ gt gt_ half hardshrink has_names heaviside heaviside_ histc histogram hsplit hypot hypot_ i0 i0_ igamma igamma_ igammac igammac_ index_add index_add_ index_copy index_copy_ index_fill index_fill_ index_put index_put_ index_reduce index_reduce_ index_select indices inner int int_repr inverse ipu is_coalesced is_complex is_conj is_contiguous is_distributed is_floating_point is_inference is_neg is_nonzero is_pinned is_same_size is_set_to is_signed isclose isfinite isinf isnan isneginf isposinf isreal item kron kthvalue lcm lcm_ ldexp ldexp_ le le_ lerp lerp_ less less_ less_equal less_equal_ lgamma lgamma_ log log10 log10_ log1p log1p_ log2 log2_ log_ log_normal_ log_softmax logaddexp logaddexp2 logcumsumexp logdet logical_and logical_and_ logical_not logical_not_ logical_or logical_or_ logical_xor logical_xor_ logit logit_ logsumexp long lt lt_ lu_solve map2_ map_ masked_fill masked_fill_ masked_scatter masked_scatter_ masked_select matmul matrix_exp matrix_power max maximum mean median min minimum mm mode moveaxis movedim msort mul mul_ multinomial multiply multiply_ mv mvlgamma mvlgamma_ nan_to_num nan_to_num_ nanmean nanmedian nanquantile nansum narrow narrow_copy ndimension ne ne_ neg neg_ negative negative_ nelement new new_empty new_empty_strided new_full new_ones new_tensor new_zeros nextafter nextafter_ nonzero normal_ not_equal not_equal_ numel numpy orgqr ormqr outer permute pin_memory pinverse polygamma polygamma_ positive pow pow_ prelu prod put put_ q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qr qscheme quantile rad2deg rad2deg_ random_ ravel reciprocal reciprocal_ record_stream relu relu_ remainder remainder_ renorm renorm_ repeat repeat_interleave requires_grad_ reshape reshape_as resize_ resize_as_ resize_as_sparse_ resolve_conj resolve_neg retain_grad roll rot90 round round_ row_indices rsqrt rsqrt_ scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_ select select_scatter set_ sgn sgn_ short sigmoid sigmoid_ sign sign_ signbit sin sin_ sinc sinc_ sinh sinh_ size slice_scatter slogdet smm softmax sort sparse_dim sparse_mask sparse_resize_ sparse_resize_and_clear_ split_with_sizes sqrt sqrt_ square square_ squeeze squeeze_ sspaddmm std storage_offset stride sub sub_ subtract subtract_ sum sum_to_size svd swapaxes swapaxes_ swapdims swapdims_ symeig t t_ take take_along_dim tan tan_ tanh tanh_ tensor_split tile to to_dense to_mkldnn to_padded_tensor to_sparse to_sparse_bsc to_sparse_bsr to_sparse_csc to_sparse_csr tolist topk trace transpose transpose_ triangular_solve tril tril_ triu triu_ true_divide true_divide_ trunc trunc_ type type_as unbind unfold uniform_ unsafe_chunk unsafe_split unsafe_split_with_sizes unsqueeze unsqueeze_ values var vdot view view_as vsplit where xlogy xlogy_ xpu zero_',
    value:
      'H T data device dtype grad grad_fn imag is_cpu is_cuda is_ipu is_leaf is_meta is_mkldnn is_mps is_nested is_ort is_quantized is_sparse is_sparse_csr is_vulkan is_xpu layout mH mT name names ndim output_nr real requires_grad retains_grad shape volatile',
  },
  'torch.amp': {
    class: 'autocast',
    module: 'autocast_mode',
  },
  'torch.autograd': {
    builtin: 'has_torch_function',
    class:
      'DeviceType Function NestedIOFunction ProfilerActivity ProfilerConfig ProfilerEvent ProfilerState SavedTensor Variable detect_anomaly enable_grad inference_mode no_grad set_detect_anomaly set_grad_enabled',
    function: 'backward grad gradcheck gradgradcheck handle_torch_function is_tensor_like variable',
    method: 'kineto_available',
    module: 'anomaly_mode forward_ad function functional grad_mode graph profiler profiler_legacy profiler_util',
  },
  'torch.autograd.forward_ad': {
    class: 'UnpackedDualTensor dual_level',
    function: 'enter_dual_level exit_dual_level make_dual unpack_dual',
  },
  'torch.autograd.functional': {
    function: 'hessian hvp jacobian jvp vhp vjp',
  },
  'torch.autograd.profiler': {
    class:
      'DeviceType EnforceUnique EventList FunctionEvent Future MemRecordsAcc ProfilerActivity ProfilerConfig ProfilerState emit_itt emit_nvtx profile record_function',
    function: 'kineto_step load_nvprof parse_nvprof_trace',
    method: 'kineto_available',
    value: 'MEMORY_EVENT_NAME OUT_OF_MEMORY_EVENT_NAME',
  },
  'torch.backends': {
    class: 'ContextProp PropModule',
    function: 'disable_global_flags flags_frozen',
    module: 'cuda cudnn mkl mkldnn mps openmp opt_einsum quantized',
  },
  'torch.backends.cuda': {
    class: 'cuBLASModule cuFFTPlanCache cuFFTPlanCacheAttrContextProp cuFFTPlanCacheManager',
    function:
      'enable_flash_sdp enable_math_sdp flash_sdp_enabled is_built math_sdp_enabled preferred_linalg_library sdp_kernel',
  },
  'torch.backends.cudnn': {},
  'torch.backends.mkl': {
    class: 'verbose',
    function: 'is_available',
    value: 'VERBOSE_OFF VERBOSE_ON',
  },
  'torch.backends.mkldnn': {},
  'torch.backends.mps': {
    function: 'is_built',
  },
  'torch.backends.openmp': {
    function: 'is_available',
  },
  'torch.cuda': {
    class:
      'BFloat16Storage BFloat16Tensor BoolStorage BoolTensor ByteStorage ByteTensor CUDAGraph CharStorage CharTensor ComplexDoubleStorage ComplexFloatStorage CudaError DeferredCudaCallError DoubleStorage DoubleTensor Event ExternalStream FloatStorage FloatTensor HalfStorage HalfTensor IntStorage IntTensor LongStorage LongTensor OutOfMemoryError ShortStorage ShortTensor Stream StreamContext cudaStatus device device_of graph',
    function:
      'caching_allocator_alloc caching_allocator_delete can_device_access_peer check_error classproperty cudart current_blas_handle current_device current_stream default_stream empty_cache get_arch_list get_device_capability get_device_name get_device_properties get_gencode_flags get_rng_state get_rng_state_all get_sync_debug_mode graph_pool_handle init initial_seed ipc_collect is_available is_bf16_supported is_current_stream_capturing is_initialized list_gpu_processes lru_cache make_graphed_callables manual_seed manual_seed_all max_memory_allocated max_memory_cached max_memory_reserved mem_get_info memory_allocated memory_cached memory_reserved memory_snapshot memory_stats memory_stats_as_nested_dict memory_summary memory_usage reset_accumulated_memory_stats reset_max_memory_allocated reset_max_memory_cached reset_peak_memory_stats seed seed_all set_device set_per_process_memory_fraction set_rng_state set_rng_state_all set_stream set_sync_debug_mode stream synchronize utilization',
    module: 'amp graphs jiterator memory nccl nvtx profiler random sparse streams',
    value: 'has_half has_magma',
  },
  'torch.distributed': {
    class:
      'AllToAllOptions AllreduceCoalescedOptions AllreduceOptions Backend BarrierOptions BroadcastOptions BuiltinCommHookType DebugLevel FileStore GatherOptions GradBucket GroupMember HashStore Logger P2POp PrefixStore ProcessGroup ProcessGroupGloo ReduceOp ReduceOptions ReduceScatterOptions Reducer ScatterOptions Store TCPStore Work dist_backend group',
    function:
      'all_gather all_gather_coalesced all_gather_into_tensor all_gather_multigpu all_gather_object all_reduce all_reduce_coalesced all_reduce_multigpu all_to_all all_to_all_single barrier batch_isend_irecv broadcast broadcast_multigpu broadcast_object_list destroy_process_group gather gather_object get_backend get_global_rank get_group_rank get_process_group_ranks get_rank get_world_size init_process_group irecv is_available is_gloo_available is_initialized is_mpi_available is_nccl_available is_torchelastic_launched is_ucc_available isend monitored_barrier new_group new_subgroups new_subgroups_by_enumeration recv reduce reduce_multigpu reduce_scatter reduce_scatter_multigpu reduce_scatter_tensor register_rendezvous_handler rendezvous scatter scatter_object_list send supports_complex',
    method: 'get_debug_level set_debug_level set_debug_level_from_env',
    module: 'algorithms autograd constants distributed_c10d remote_device rpc utils',
  },
  'torch.distributions': {
    class:
      'AbsTransform AffineTransform Bernoulli Beta Binomial CatTransform Categorical Cauchy Chi2 ComposeTransform ContinuousBernoulli CorrCholeskyTransform CumulativeDistributionTransform Dirichlet Distribution ExpTransform Exponential ExponentialFamily FisherSnedecor Gamma Geometric Gumbel HalfCauchy HalfNormal Independent IndependentTransform Kumaraswamy LKJCholesky Laplace LogNormal LogisticNormal LowRankMultivariateNormal LowerCholeskyTransform MixtureSameFamily Multinomial MultivariateNormal NegativeBinomial Normal OneHotCategorical OneHotCategoricalStraightThrough Pareto Poisson PowerTransform RelaxedBernoulli RelaxedOneHotCategorical ReshapeTransform SigmoidTransform SoftmaxTransform SoftplusTransform StackTransform StickBreakingTransform StudentT TanhTransform Transform TransformedDistribution Uniform VonMises Weibull Wishart',
    function: 'kl_divergence register_kl',
    module:
      'bernoulli beta binomial categorical cauchy chi2 constraint_registry constraints continuous_bernoulli dirichlet distribution exp_family exponential fishersnedecor gamma geometric gumbel half_cauchy half_normal independent kl kumaraswamy laplace lkj_cholesky log_normal logistic_normal lowrank_multivariate_normal mixture_same_family multinomial multivariate_normal negative_binomial normal one_hot_categorical pareto poisson relaxed_bernoulli relaxed_categorical studentT transformed_distribution transforms uniform utils von_mises weibull wishart',
  },
  'torch.fft': {
    builtin:
      'fft fft2 fftfreq fftn fftshift hfft hfft2 hfftn ifft ifft2 ifftn ifftshift ihfft ihfft2 ihfftn irfft irfft2 irfftn rfft rfft2 rfftfreq rfftn',
    class: 'Tensor',
  },
  'torch.functional': {
    builtin: 'has_torch_function has_torch_function_unary has_torch_function_variadic',
    class: 'Tensor',
    function:
      'align_tensors atleast_1d atleast_2d atleast_3d block_diag boolean_dispatch broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul einsum handle_torch_function lu meshgrid norm overload pca_lowrank split stft svd_lowrank tensordot unique unique_consecutive',
    method: 'istft',
    value: 'TYPE_CHECKING',
  },
  'torch.futures': {
    class: 'Future',
    function: 'collect_all wait_all',
  },
  'torch.fx': {
    class: 'CodeGen Graph GraphModule Interpreter Node Proxy ProxyableClassMeta Tracer Transformer',
    function: 'map_arg replace_pattern symbolic_trace wrap',
    module:
      'graph graph_module immutable_collections interpreter node operator_schemas proxy subgraph_rewriter traceback',
  },
  'torch.hub': {
    class: 'tqdm',
    function: 'download_url_to_file get_dir help list load load_state_dict_from_url set_dir',
    value:
      'DEFAULT_CACHE_DIR ENV_GITHUB_TOKEN ENV_TORCH_HOME ENV_XDG_CACHE_HOME MODULE_HUBCONF READ_DATA_CHUNK VAR_DEPENDENCY',
  },
  'torch.jit': {
    class:
      'Attribute CompilationUnit Error Future ONNXTracedModule RecursiveScriptClass RecursiveScriptModule ScriptFunction ScriptModule ScriptWarning TopLevelTracedModule TracedModule TracerWarning TracingCheckError strict_fusion',
    function:
      'annotate enable_onednn_fusion export export_opnames fork freeze fuser ignore interface is_scripting is_tracing isinstance jit_module_from_flatbuffer load onednn_fusion_enabled optimize_for_inference optimized_execution run_frozen_optimizations save save_jit_module_to_flatbuffer script script_if_tracing script_method set_fusion_strategy set_module trace trace_module unused wait',
    method: 'last_executed_optimized_graph',
    module: 'annotations frontend',
  },
  'torch.linalg': {
    builtin:
      'cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh householder_product inv inv_ex ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor lu_factor_ex lu_solve matmul matrix_exp matrix_norm matrix_power matrix_rank multi_dot norm pinv qr slogdet solve solve_ex solve_triangular svd svdvals tensorinv tensorsolve vander vecdot vector_norm',
    class: 'LinAlgError Tensor',
  },
  'torch.masked': {
    class: 'MaskedTensor',
    function:
      'amax amin argmax argmin as_masked_tensor cumprod cumsum is_masked_tensor log_softmax logaddexp logsumexp masked_tensor mean median norm normalize prod softmax softmin std sum var',
    module: 'maskedtensor',
  },
  'torch.multiprocessing': {
    class: 'ProcessContext ProcessExitedException ProcessRaisedException SpawnContext',
    function:
      'get_all_sharing_strategies get_sharing_strategy init_reductions set_sharing_strategy spawn start_processes',
    module: 'reductions',
  },
  'torch.nested': {
    builtin: 'to_padded_tensor',
    class: 'DType Device Tensor',
    function: 'as_nested_tensor nested_tensor',
  },
  'torch.nn': {
    class:
      'AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveLogSoftmaxWithLoss AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d AvgPool3d BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d BatchNorm3d Bilinear CELU CTCLoss ChannelShuffle ConstantPad1d ConstantPad2d ConstantPad3d Container Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss CrossMapLRN2d DataParallel Dropout Dropout1d Dropout2d Dropout3d ELU Embedding EmbeddingBag FeatureAlphaDropout Flatten Fold FractionalMaxPool2d FractionalMaxPool3d GELU GLU GRU GRUCell GaussianNLLLoss GroupNorm Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss HuberLoss Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss LPPool1d LPPool2d LSTM LSTMCell LayerNorm LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LazyLinear LeakyReLU Linear LocalResponseNorm LogSigmoid LogSoftmax MSELoss MarginRankingLoss MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish Module ModuleDict ModuleList MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss MultiheadAttention NLLLoss NLLLoss2d PReLU PairwiseDistance Parameter ParameterDict ParameterList PixelShuffle PixelUnshuffle PoissonNLLLoss RNN RNNBase RNNCell RNNCellBase RReLU ReLU ReLU6 ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d SELU Sequential SiLU Sigmoid SmoothL1Loss SoftMarginLoss Softmax Softmax2d Softmin Softplus Softshrink Softsign SyncBatchNorm Tanh Tanhshrink Threshold Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer TripletMarginLoss TripletMarginWithDistanceLoss Unflatten Unfold UninitializedBuffer UninitializedParameter Upsample UpsamplingBilinear2d UpsamplingNearest2d ZeroPad2d',
    function: 'factory_kwargs',
    module: 'common_types functional grad init intrinsic modules parallel parameter qat quantizable quantized utils',
  },
  'torch.nn.Module': {
    function:
      'add_module apply bfloat16 buffers children cpu cuda double eval extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook register_load_state_dict_post_hook register_module register_parameter requires_grad_ set_extra_state share_memory state_dict to to_empty train type xpu zero_grad',
    value: 'dump_patches',
  },
  'torch.nn.functional': {
    builtin:
      'avg_pool2d avg_pool3d elu_ gelu hardtanh_ has_torch_function has_torch_function_unary has_torch_function_variadic leaky_relu_ linear logsigmoid one_hot pad softplus softshrink',
    class: 'DType Tensor',
    function:
      'adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool1d_with_indices adaptive_max_pool2d adaptive_max_pool2d_with_indices adaptive_max_pool3d adaptive_max_pool3d_with_indices affine_grid alpha_dropout assert_int_or_pair batch_norm binary_cross_entropy binary_cross_entropy_with_logits boolean_dispatch celu cosine_embedding_loss cross_entropy ctc_loss dropout dropout1d dropout2d dropout3d elu embedding embedding_bag feature_alpha_dropout fold fractional_max_pool2d fractional_max_pool2d_with_indices fractional_max_pool3d fractional_max_pool3d_with_indices gaussian_nll_loss glu grid_sample group_norm gumbel_softmax handle_torch_function hardsigmoid hardswish hardtanh hinge_embedding_loss huber_loss instance_norm interpolate kl_div l1_loss layer_norm leaky_relu local_response_norm log_softmax lp_pool1d lp_pool2d margin_ranking_loss max_pool1d max_pool1d_with_indices max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_head_attention_forward multi_margin_loss multilabel_margin_loss multilabel_soft_margin_loss nll_loss normalize poisson_nll_loss relu relu6 rrelu selu sigmoid silu smooth_l1_loss soft_margin_loss softmax softmin softsign tanh tanhshrink threshold triplet_margin_loss triplet_margin_with_distance_loss unfold upsample upsample_bilinear upsample_nearest',
    method:
      'adaptive_avg_pool1d avg_pool1d bilinear celu_ channel_shuffle conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d cosine_similarity hardshrink native_channel_shuffle pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu relu_ rrelu_ selu_ threshold_',
    value: 'TYPE_CHECKING',
  },
  'torch.nn.init': {
    class: 'Tensor',
    function:
      'calculate_gain constant constant_ dirac dirac_ eye eye_ kaiming_normal kaiming_normal_ kaiming_uniform kaiming_uniform_ normal normal_ ones_ orthogonal orthogonal_ sparse sparse_ trunc_normal_ uniform uniform_ xavier_normal xavier_normal_ xavier_uniform xavier_uniform_ zeros_',
  },
  'torch.nn.utils': {
    function:
      'clip_grad_norm clip_grad_norm_ clip_grad_value_ convert_conv2d_weight_memory_format fuse_conv_bn_eval fuse_conv_bn_weights parameters_to_vector remove_spectral_norm remove_weight_norm skip_init spectral_norm vector_to_parameters weight_norm',
    module: 'clip_grad convert_parameters fusion init memory_format parametrizations parametrize rnn stateless',
  },
  'torch.nn.utils.parametrizations': {
    class: 'Module Tensor',
    function: 'orthogonal spectral_norm',
  },
  'torch.nn.utils.parametrize': {
    class: 'Module ModuleDict ModuleList Parameter ParametrizationList Tensor',
    function:
      'cached is_parametrized register_parametrization remove_parametrizations transfer_parametrizations_and_params type_before_parametrizations',
  },
  'torch.nn.utils.prune': {
    class:
      'BasePruningMethod CustomFromMask Identity L1Unstructured LnStructured PruningContainer RandomStructured RandomUnstructured',
    function:
      'custom_from_mask global_unstructured identity is_pruned l1_unstructured ln_structured random_structured random_unstructured remove',
  },
  'torch.nn.utils.rnn': {
    class: 'PackedSequence PackedSequence_ Tensor',
    function:
      'bind invert_permutation pack_padded_sequence pack_sequence pad_packed_sequence pad_sequence unpack_sequence unpad_sequence',
  },
  'torch.onnx': {
    class:
      'CheckerError ExportTypes JitScalarType OperatorExportTypes SymbolicContext TensorProtoDataType TrainingMode',
    function:
      'disable_log enable_log export export_to_pretty_string is_in_onnx_export register_custom_op_symbolic select_model_mode_for_export unregister_custom_op_symbolic',
    method: 'is_onnx_log_enabled log set_log_stream',
    module:
      'errors symbolic_caffe2 symbolic_helper symbolic_opset10 symbolic_opset11 symbolic_opset12 symbolic_opset13 symbolic_opset14 symbolic_opset15 symbolic_opset16 symbolic_opset17 symbolic_opset7 symbolic_opset8 symbolic_opset9 utils',
    value: 'producer_name producer_version',
  },
  'torch.optim': {
    class: 'ASGD Adadelta Adagrad Adam AdamW Adamax LBFGS NAdam Optimizer RAdam RMSprop Rprop SGD SparseAdam',
    module: 'lr_scheduler swa_utils',
  },
  'torch.optim.Optimizer': {
    function: 'add_param_group load_state_dict state_dict step zero_grad',
  },
  'torch.optim.lr_scheduler': {
    class:
      'ChainedScheduler ConstantLR CosineAnnealingLR CosineAnnealingWarmRestarts CyclicLR ExponentialLR LambdaLR LinearLR MultiStepLR MultiplicativeLR OneCycleLR Optimizer PolynomialLR ReduceLROnPlateau SequentialLR StepLR',
    function: 'wraps',
    value: 'EPOCH_DEPRECATION_WARNING inf',
  },
  'torch.optim.swa_utils': {
    class: 'AveragedModel Module SWALR',
    function: 'update_bn',
  },
  'torch.overrides': {
    builtin: 'has_torch_function has_torch_function_unary has_torch_function_variadic',
    class: 'BaseTorchFunctionMode TorchFunctionMode enable_reentrant_dispatch',
    function:
      'get_buffer get_overridable_functions handle_torch_function is_tensor_like is_tensor_method_or_property resolve_name wrap_torch_function',
  },
  'torch.package': {
    class:
      'Directory EmptyMatchError GlobGroup Importer ObjMismatchError ObjNotFoundError OrderedImporter PackageExporter PackageImporter PackagingError',
    function: 'is_from_package',
    module:
      'analyze file_structure_representation find_file_dependencies glob_group importer package_exporter package_importer',
  },
  'torch.profiler': {
    class: 'DeviceType ExecutionGraphObserver ProfilerAction ProfilerActivity RecordScope profile record_function',
    function: 'schedule supported_activities tensorboard_trace_handler',
    method: 'kineto_available',
    module: 'itt profiler',
  },
  'torch.quantization': {
    class:
      'DeQuantStub FakeQuantize FakeQuantizeBase FixedQParamsFakeQuantize FusedMovingAvgObsFakeQuantize HistogramObserver MinMaxObserver MovingAverageMinMaxObserver MovingAveragePerChannelMinMaxObserver NoopObserver ObserverBase PerChannelMinMaxObserver PlaceholderObserver QConfig QConfigDynamic QuantStub QuantType QuantWrapper RecordingObserver default_debug_observer default_placeholder_observer',
    function:
      'add_module_to_qconfig_obs_ctr add_observer_ add_quant_dequant assert_valid_qconfig convert convert_dynamic_jit convert_jit default_eval_fn disable_fake_quant disable_observer enable_fake_quant enable_observer fuse_conv_bn fuse_conv_bn_jit fuse_conv_bn_relu fuse_linear_bn fuse_modules get_default_compare_output_module_list get_default_dynamic_quant_module_mappings get_default_float_to_quantized_operator_mappings get_default_qat_module_mappings get_default_qat_qconfig get_default_qconfig get_default_qconfig_propagation_list get_default_static_quant_module_mappings get_dynamic_quant_module_class get_fuser_method get_observer_dict get_observer_state_dict get_quantized_operator get_static_quant_module_class get_unique_devices_ is_activation_post_process load_observer_state_dict no_observer_set prepare prepare_dynamic_jit prepare_jit prepare_qat propagate_qconfig_ qconfig_equals quant_type_to_str quantize quantize_dynamic quantize_dynamic_jit quantize_jit quantize_qat register_activation_post_process_hook script_qconfig script_qconfig_dict swap_module',
    module: 'fake_quantize fuser_method_mappings observer qconfig quant_type quantization_mappings stubs',
  },
  'torch.random': {
    function: 'fork_rng get_rng_state initial_seed manual_seed seed set_rng_state',
    value: 'default_generator',
  },
  'torch.serialization': {
    class: 'SourceChangeWarning Storage StorageType',
    function:
      'check_module_version_greater_or_equal default_restore_location get_source_lines_and_file load location_tag mkdtemp normalize_storage_type register_package save storage_to_tensor_type validate_cuda_device',
    value: 'DEFAULT_PROTOCOL INT_SIZE LONG_SIZE MAGIC_NUMBER PROTOCOL_VERSION SHORT_SIZE STORAGE_KEY_SEPARATOR',
  },
  'torch.sparse': {
    builtin: 'addmm log_softmax mm sampled_addmm softmax spdiags',
    class:
      'BFloat16Tensor ByteTensor CharTensor DType DoubleTensor FloatTensor HalfTensor IntTensor LongTensor ShortTensor Tensor',
    function: 'sum',
    value: 'TYPE_CHECKING',
  },
  'torch.special': {
    builtin:
      'airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammainc gammaincc gammaln hermite_polynomial_h hermite_polynomial_he i0 i0e i1 i1e laguerre_polynomial_l legendre_polynomial_p log1p log_ndtr log_softmax logit logsumexp modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 multigammaln ndtr ndtri polygamma psi round scaled_modified_bessel_k0 scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w sinc softmax spherical_bessel_j0 xlog1py xlogy zeta',
    class: 'Tensor',
  },
  'torch.storage': {
    class: 'Storage TypedStorage UntypedStorage',
    function: 'lru_cache',
    value: 'HAS_NUMPY',
  },
  'torch.testing': {
    class: 'FileCheck',
    function:
      'all_types all_types_and all_types_and_complex all_types_and_complex_and all_types_and_half assert_allclose assert_close complex_types double_types empty_types floating_and_complex_types floating_and_complex_types_and floating_types floating_types_and floating_types_and_half get_all_complex_dtypes get_all_device_types get_all_dtypes get_all_fp_dtypes get_all_int_dtypes get_all_math_dtypes integral_types integral_types_and make_non_contiguous make_tensor rand randn',
  },
  'torch.types': {
    class: 'Storage SymInt',
  },
  'torch.utils': {
    class: 'ThroughputBenchmark',
    function: 'disable_minidumps enable_minidumps enable_minidumps_on_exceptions get_cpp_backtrace set_module',
    module: 'backcompat cpp_backtrace data dlpack hooks throughput_benchmark',
    value: 'cmake_prefix_path',
  },
  'torch.utils.checkpoint': {
    class: 'CheckpointFunction',
    function:
      'check_backward_validity checkpoint checkpoint_sequential detach_variable get_device_states set_device_states',
  },
  'torch.utils.data': {
    class:
      'BatchSampler ChainDataset ConcatDataset DFIterDataPipe DataChunk DataLoader DataLoader2 Dataset DistributedSampler IterDataPipe IterableDataset MapDataPipe RandomSampler Sampler SequentialSampler Subset SubsetRandomSampler TensorDataset WeightedRandomSampler functional_datapipe guaranteed_datapipes_determinism non_deterministic runtime_validation_disabled',
    function: 'argument_validation default_collate default_convert get_worker_info random_split runtime_validation',
    module:
      'backward_compatibility communication dataloader dataloader_experimental datapipes dataset distributed graph graph_settings sampler',
  },
  'torch.utils.dlpack': {
    builtin: 'to_dlpack',
    class: 'DLDeviceType',
    function: 'from_dlpack',
  },
  'torch.version': {
    value: 'debug git_version',
  },
};
