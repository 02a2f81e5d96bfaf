/// A serialized `google.protobuf.FileDescriptorSet`: the files of every service that is served, and
/// those that they import. Written by `tools/generate-protos`.
package var descriptorSet: [UInt8] { PackageResources.descriptors_binpb }
