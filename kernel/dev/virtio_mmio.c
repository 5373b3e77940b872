#include "dev/virtio_mmio.h"
#include "arch/mmio.h"
#include "dev/virtio.h"

/* A device that takes longer than so many looks to reset is broken. */
#define RESET_LOOKS 1000000

/* A configuration that changes more often than this while it is read. */
#define CONFIG_READS 100

static bool is_legacy(uint64 base)
{
  return mmio_read32(base + VIRTIO_VERSION) == VIRTIO_VERSION_LEGACY;
}

static void add_status(uint64 base, uint32 bits)
{
  mmio_write32(base + VIRTIO_STATUS, mmio_read32(base + VIRTIO_STATUS) | bits);
}

bool virtio_probe(uint64 base, uint32 device_id)
{
  uint32 version = mmio_read32(base + VIRTIO_VERSION);

  return mmio_read32(base + VIRTIO_MAGIC) == VIRTIO_MAGIC_VALUE &&
         (version == VIRTIO_VERSION_LEGACY ||
          version == VIRTIO_VERSION_MODERN) &&
         mmio_read32(base + VIRTIO_DEVICE_ID) == device_id;
}

static uint64 offered_features(uint64 base)
{
  uint64 features = 0;

  for (int half = 1; half >= 0; half--) {
    mmio_write32(base + VIRTIO_DEVICE_FEATURES_SEL, (uint32)half);
    features = features << 32 | mmio_read32(base + VIRTIO_DEVICE_FEATURES);
  }
  return features;
}

static void accept_features(uint64 base, uint64 features)
{
  for (int half = 0; half <= 1; half++) {
    mmio_write32(base + VIRTIO_DRIVER_FEATURES_SEL, (uint32)half);
    mmio_write32(base + VIRTIO_DRIVER_FEATURES,
                 (uint32)(features >> (32 * half)));
  }
}

static const char *fail(uint64 base, const char *problem)
{
  add_status(base, VIRTIO_STATUS_FAILED);
  return problem;
}

/* FEATURES_OK, and bits beyond the first 32, came with version 2. */
static const char *negotiate(uint64 base, uint64 wanted, uint64 *features)
{
  *features = offered_features(base);
  if (is_legacy(base)) {
    *features &= wanted;
    accept_features(base, *features);
    return NULL;
  }

  if (!(*features & VIRTIO_F_VERSION_1))
    return fail(base, "virtio device: version 2 without the feature");
  /* No IOMMU is between memory and a device that is not on PCI. */
  *features &= wanted | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM;
  accept_features(base, *features);
  add_status(base, VIRTIO_STATUS_FEATURES_OK);
  if (!(mmio_read32(base + VIRTIO_STATUS) & VIRTIO_STATUS_FEATURES_OK))
    return fail(base, "virtio device: refuses the features it offers");
  return NULL;
}

const char *virtio_begin(uint64 base, uint64 wanted, uint64 *features)
{
  if (!virtio_stop(base))
    return "virtio device: does not reset";
  add_status(base, VIRTIO_STATUS_ACKNOWLEDGE);
  add_status(base, VIRTIO_STATUS_DRIVER);
  return negotiate(base, wanted, features);
}

uint32 virtio_queue_max(uint64 base)
{
  mmio_write32(base + VIRTIO_QUEUE_SEL, 0);
  return mmio_read32(base + VIRTIO_QUEUE_NUM_MAX);
}

static void set_address(uint64 base, uint64 low_register, uint64 pa)
{
  mmio_write32(base + low_register, (uint32)pa);
  mmio_write32(base + low_register + 4, (uint32)(pa >> 32));
}

void virtio_run(uint64 base, uint32 size,
                const struct virtio_queue_place *place)
{
  mmio_write32(base + VIRTIO_QUEUE_SEL, 0);
  mmio_write32(base + VIRTIO_QUEUE_NUM, size);
  if (is_legacy(base)) {
    mmio_write32(base + VIRTIO_GUEST_PAGE_SIZE, VIRTIO_QUEUE_ALIGNMENT);
    mmio_write32(base + VIRTIO_QUEUE_ALIGN, VIRTIO_QUEUE_ALIGNMENT);
    mmio_write32(base + VIRTIO_QUEUE_PFN,
                 (uint32)(place->descriptors / VIRTIO_QUEUE_ALIGNMENT));
  } else {
    set_address(base, VIRTIO_QUEUE_DESC_LOW, place->descriptors);
    set_address(base, VIRTIO_QUEUE_DRIVER_LOW, place->available);
    set_address(base, VIRTIO_QUEUE_DEVICE_LOW, place->used);
    mmio_write32(base + VIRTIO_QUEUE_READY, 1);
  }
  io_fence();
  add_status(base, VIRTIO_STATUS_DRIVER_OK);
}

bool virtio_stop(uint64 base)
{
  mmio_write32(base + VIRTIO_STATUS, 0);
  for (int i = 0; i < RESET_LOOKS; i++) {
    if (mmio_read32(base + VIRTIO_STATUS) == 0) {
      io_fence();
      return true;
    }
  }
  return false;
}

/* A legacy device has no generation: what it says there does not change. */
uint64 virtio_config_read64(uint64 base, uint64 offset)
{
  bool legacy = is_legacy(base);
  uint64 value = 0;

  for (int i = 0; i < CONFIG_READS; i++) {
    uint32 before = legacy ? 0 : mmio_read32(base + VIRTIO_CONFIG_GENERATION);
    uint64 low = mmio_read32(base + VIRTIO_CONFIG + offset);
    value = (uint64)mmio_read32(base + VIRTIO_CONFIG + offset + 4) << 32 | low;
    if (legacy || mmio_read32(base + VIRTIO_CONFIG_GENERATION) == before)
      break;
  }
  return value;
}
