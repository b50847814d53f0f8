// The four kernels as CUDA C++, for the test that has a compiler at hand.
__global__ void vector_add(const float* a, const float* b, float* c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}
__global__ void saxpy(int n, float a, const float* x, float* y) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) y[i] = a * x[i] + y[i];
}
__global__ void reduce(const double* in, double* out, int n) {
  __shared__ double partial[32];
  double sum = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) sum += in[i];
  for (int offset = 16; offset; offset /= 2) sum += __shfl_down_sync(~0u, sum, offset);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int i = 1; i < blockDim.x / 32; ++i) sum += partial[i];
    atomicAdd(out, sum);
  }
}
template <int kTile>
__device__ void product(const float* a, const float* b, float* c, int n) {
  __shared__ float tile_a[kTile][kTile], tile_b[kTile][kTile];
  int x = threadIdx.x, y = threadIdx.y, row = blockIdx.y * kTile + y, column = blockIdx.x * kTile + x;
  float sum = 0;
  for (int k = 0; k < n; k += kTile) {
    tile_a[y][x] = row < n && k + x < n ? a[row * n + k + x] : 0;
    tile_b[y][x] = column < n && k + y < n ? b[(k + y) * n + column] : 0;
    __syncthreads();
    for (int i = 0; i < kTile; ++i) sum += tile_a[y][i] * tile_b[i][x];
    __syncthreads();
  }
  if (row < n && column < n) c[row * n + column] = sum;
}
__global__ void matrix_product(const float* a, const float* b, float* c, int n) { product<8>(a, b, c, n); }
__device__ __noinline__ int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
__global__ void recursion(int* out, int n) { out[threadIdx.x] = fibonacci(n + threadIdx.x); }
__global__ void choose(int* out) {
  switch (threadIdx.x % 6) {
    case 0: out[threadIdx.x] = 7 * out[threadIdx.x]; break;
    case 1: out[threadIdx.x] = out[threadIdx.x] / 3; break;
    case 2: out[threadIdx.x] ^= 0x55; break;
    case 3: out[threadIdx.x] = __popc(out[threadIdx.x]); break;
    case 4: out[threadIdx.x] = -out[threadIdx.x]; break;
    default: out[threadIdx.x] = __clz(out[threadIdx.x]); break;
  }
}
