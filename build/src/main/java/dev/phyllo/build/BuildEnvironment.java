package dev.phyllo.build;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.ImageStore;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.UnpackedRecords;
import java.util.function.Supplier;

/**
 * What builds work on.
 *
 * @param dirs the namespace
 * @param locks its locks
 * @param content its blobs
 * @param names its images
 * @param unpacked which of them are unpacked
 * @param snapshotter where RUN finds and leaves files; asked for by the first RUN only, for a build
 *     without one needs no kernel
 * @param images where bases come from
 * @param run how containers are started
 * @param steps hears of what containers do
 * @param limits bounds on layers and archives
 */
public record BuildEnvironment(
    NamespaceDirs dirs,
    Locks locks,
    ContentStore content,
    ImageStore names,
    UnpackedRecords unpacked,
    Supplier<Snapshotter> snapshotter,
    BaseImages images,
    RunDefaults run,
    StepListener steps,
    TarLimits limits) {}
