// Written by vxsetup emit go. Change vxsetup.yaml and run it again.
module claude

go 1.24

require github.com/anthropics/anthropic-sdk-go v1.58.1
